package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/token"
)

// tokenCheck says in plain words whether the configured source provides a token, and whether the
// serving namets has it.
func tokenCheck(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("token check",
		`It reads the token's source once, as a serving namets does, and says what works and what does
not. It changes nothing. Exit code 0: the source delivers a token.`)
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	cfg, err := config.Load(in.getenv, config.Options{Token: true})
	if err != nil {
		return err
	}
	serving, err := findInstance(cfg)
	if err != nil {
		return err
	}
	provider, err := app.NewProvider(cfg)
	if err != nil {
		return err
	}
	set, err := app.FetchFrom(ctx, cfg, provider)
	in.warnWorked(ctx, provider)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, consequence(err))
	}
	fingerprint := set.Token.Fingerprint()
	fmt.Fprintf(in.stdout, "%s delivers a token: fingerprint %s%s.\n", app.TokenLocation(cfg), fingerprint,
		versionText(set.Version))
	if set.Doubt != "" {
		fmt.Fprintf(in.stdout, "Warning: %s\n", app.DoubtText(set.Doubt))
	}
	if !set.SigningSecret.IsZero() {
		fmt.Fprintf(in.stdout, "The source also holds a webhook secret: fingerprint %s.\n",
			set.SigningSecret.Fingerprint())
	}
	if set.RevokePrevious {
		fmt.Fprintln(in.stdout, "The source also holds revoke_previous: the token before it is refused at once, "+
			"whatever the overlap.")
	}
	return in.compare(ctx, serving, fingerprint)
}

// compare says whether the token with this fingerprint is in force in the serving namets.
func (in *invocation) compare(ctx context.Context, serving *instance, fingerprint string) error {
	if serving == nil {
		_, err := fmt.Fprintln(in.stdout, "No namets serves DATA_DIR.")
		return err
	}
	status, err := serving.Status(ctx)
	switch {
	case err != nil:
		return err
	case status.Fingerprint == fingerprint:
		_, err = fmt.Fprintf(in.stdout, "The namets that serves DATA_DIR (process %d) has it in force since %s.\n",
			serving.PID, status.Since.Format(time.RFC3339))
	case status.Fingerprint == "":
		_, err = fmt.Fprintf(in.stdout, "The namets that serves DATA_DIR (process %d) has no token in force. To make "+
			"it read its source now: namets token reload\n", serving.PID)
	default:
		_, err = fmt.Fprintf(in.stdout, "The namets that serves DATA_DIR (process %d) has another one in force: "+
			"fingerprint %s. To make it read its source now: namets token reload\n",
			serving.PID, status.Fingerprint)
	}
	return err
}

// warnWorked lists the steps to the token that have worked, if there are several.
func (in *invocation) warnWorked(ctx context.Context, provider token.Provider) {
	if p, ok := provider.(interface {
		Worked(ctx context.Context) []string
	}); ok {
		for _, step := range p.Worked(ctx) {
			in.say("%s", step)
		}
	}
}

// consequence says how a serving namets reacts to an error of its source.
func consequence(err error) string {
	switch {
	case errors.Is(err, token.ErrRevoked):
		return "A namets that serves refuses every request until the token is back."
	case errors.Is(err, token.ErrUnavailable):
		return "A namets that serves keeps the last good token; one that starts now answers 503 until the source works."
	}
	return "A namets that serves keeps the last good token; one that starts now ends with code 2."
}

func versionText(version string) string {
	if version == "" {
		return ""
	}
	return ", version " + version
}
