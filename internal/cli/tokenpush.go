package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"time"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/n8n"
	"namets/internal/network"
	"namets/internal/rotation"
	"namets/internal/secret"
)

// apiHeader carries the token (contract section 2).
const apiHeader = "X-N8N-Token"

// n8nFlags select the credential that gets the token.
type n8nFlags struct {
	url, keyFile, credential string
}

func (f *n8nFlags) register(fs *flag.FlagSet) {
	fs.StringVar(&f.url, "n8n-url", "", "`address` of n8n, such as https://n8n.example.org")
	fs.StringVar(&f.keyFile, "n8n-key-file", "", "`file` that holds an API key of n8n with the scopes "+
		"credential:list and credential:update")
	fs.StringVar(&f.credential, "n8n-credential", "", "`name` of the Header Auth credential in n8n")
}

func (f *n8nFlags) given() bool { return f.url != "" || f.keyFile != "" || f.credential != "" }

// command is the command line that does only this step.
func (f *n8nFlags) command() string {
	return "namets token push " + f.flags()
}

// flags returns the flags for a shell.
func (f *n8nFlags) flags() string {
	return fmt.Sprintf("--n8n-url %s --n8n-key-file %s --n8n-credential %s", shellQuote(f.url), shellQuote(f.keyFile),
		shellQuote(f.credential))
}

// target is a credential found in n8n.
type target struct {
	client     *n8n.Client
	credential n8n.Credential
}

// find looks up the credential, which checks address, key and name.
func (f *n8nFlags) find(ctx context.Context) (*target, error) {
	if f.url == "" || f.keyFile == "" || f.credential == "" {
		return nil, usagef("give all three of --n8n-url, --n8n-key-file and --n8n-credential")
	}
	client, err := n8n.New(f.url, f.keyFile)
	if err != nil {
		return nil, usageError{err}
	}
	credential, err := client.Credential(ctx, f.credential)
	if err != nil {
		return nil, err
	}
	return &target{client, credential}, nil
}

func tokenPush(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("token push",
		`It puts the token of the configured source into a credential of n8n, so that its
workflows send it, and shows with a real call that namets accepts it. A serving namets that has
another token in force reads its source again first. It may be repeated.`)
	var to n8nFlags
	to.register(fs.FlagSet)
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	cfg, err := config.Load(in.getenv, config.Options{Token: true})
	if err != nil {
		return err
	}
	return again(in.pushCurrent(ctx, cfg, to), to.command())
}

// pushCurrent puts the token of the source into force and into n8n, and verifies it.
func (in *invocation) pushCurrent(ctx context.Context, cfg *config.Config, to n8nFlags) error {
	target, err := to.find(ctx)
	if err != nil {
		return err
	}
	set, err := app.FetchToken(ctx, cfg)
	if err != nil {
		return err
	}
	if set.Doubt != "" {
		in.say("Warning: %s", app.DoubtText(set.Doubt))
	}
	serving, err := findInstance(cfg)
	if err != nil {
		return err
	}
	if serving != nil {
		if err := in.bring(ctx, serving, set.Token.Fingerprint()); err != nil {
			return err
		}
	}
	if err := in.push(ctx, target, set.Token); err != nil {
		return err
	}
	if err := in.verify(ctx, cfg, serving, set.Token); !errors.Is(err, rotation.ErrUntried) {
		return err
	}
	return nil
}

// bring ensures that the token with this fingerprint is in force in the serving namets.
func (in *invocation) bring(ctx context.Context, serving *instance, fingerprint string) error {
	status, err := serving.Status(ctx)
	if err != nil || status.Fingerprint == fingerprint {
		return err
	}
	_, err = serving.reload(ctx, fingerprint, false)
	if errors.Is(err, rotation.ErrUnreachable) {
		in.say("%v.", err)
		return nil
	}
	return err
}

// push puts the token into the credential.
func (in *invocation) push(ctx context.Context, to *target, value secret.Value) error {
	if err := to.client.SetHeader(ctx, to.credential, apiHeader, value); err != nil {
		return err
	}
	in.say("The credential %q of n8n holds the token %s.", to.credential.Name, value.Fingerprint())
	return nil
}

// verify makes a call with the token, as n8n does: to the serving namets on this machine, or else
// to the public address. Its error is rotation.ErrUntried if neither is reachable.
func (in *invocation) verify(ctx context.Context, cfg *config.Config, serving *instance, value secret.Value) error {
	if serving == nil && cfg.Nowhere() {
		in.say("No namets serves DATA_DIR here: that it accepts the token could not be tried.")
		return rotation.ErrUntried
	}
	base := ""
	if serving != nil && serving.Address != "" {
		base = serving.url()
	}
	base = cmp.Or(base, cfg.PublicURL)
	ctx, cancel := context.WithTimeout(ctx, app.FetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodOptions, base+"/api/subscribers/", http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set(apiHeader, value.Reveal())
	req.Header.Set("User-Agent", "namets token push")
	resp, err := network.NewClient(0).Do(req)
	if err != nil {
		return fmt.Errorf("n8n has the token, but whether namets accepts it could not be tried: nobody answers "+
			"at %s: %w", base, network.Explain(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("n8n has the token, but the namets at %s answers %d to it: see with namets token status "+
			"which one is in force there", base, resp.StatusCode)
	}
	in.say("A call with it to %s was let in.", base)
	return nil
}

// say prints what was done, on standard error.
func (in *invocation) say(format string, args ...any) { fmt.Fprintf(in.stderr, format+"\n", args...) }

// again adds to an error the command that repeats a failed step, and other advice. It adds nothing
// if the command line was wrong.
func again(err error, command string, more ...string) error {
	if err == nil || isUsage(err) {
		return err
	}
	return fmt.Errorf("%w\n%s", err,
		strings.Join(append([]string{"to repeat this step alone: " + command}, more...), "\n"))
}

// shellQuote returns s quoted as one word for a shell.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("-_./:@%+,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// durationText formats a duration for people.
func durationText(d time.Duration) string { return d.Round(10 * time.Millisecond).String() }
