package cli

import (
	"context"
	"io"
	"strings"
)

// RunAnswered is [Run] at a terminal where a person types the answer.
func RunAnswered(ctx context.Context, answer string, args []string, getenv func(string) string,
	stdout, stderr io.Writer) error {
	in := &invocation{getenv: getenv, stdout: stdout, stderr: stderr, stdin: strings.NewReader(answer)}
	return in.run(ctx, args)
}
