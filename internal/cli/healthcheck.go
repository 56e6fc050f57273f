package cli

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"namets/internal/config"
	"namets/internal/network"
)

func healthcheckCommand() command {
	return command{"healthcheck", "", "ask the namets on this machine whether it serves", healthcheck}
}

// healthcheck asks the namets on this machine whether it serves, for Docker's HEALTHCHECK.
func healthcheck(ctx context.Context, in *invocation, args []string) error {
	flags := in.flags("healthcheck", `It asks the namets at PORT on this machine for /healthz. Exit code 0: it serves.`)
	if _, err := parse(flags, args, 0); err != nil {
		return err
	}
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	host := cfg.Host
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = ""
	}
	url := "http://" + net.JoinHostPort(cmp.Or(host, "localhost"), strconv.Itoa(cfg.Port)) + "/healthz"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	// HTTP_PROXY must not redirect this request to another machine
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("nobody answers at %s: %w", url, network.Explain(err))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, answer.Status)
	}
	return nil
}
