package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

// rotation is one run of "token rotate".
type rotation struct {
	*invocation
	cfg     *config.Config
	now     bool
	to      n8nFlags
	target  *target // nil: n8n is left alone
	next    secret.Value
	written token.Rotation
}

func tokenRotate(ctx context.Context, in *invocation, args []string) error {
	flags := in.flags("token rotate",
		`It puts a new random token into the file or into Vault, makes the namets that serves DATA_DIR
read it, waits until it is in force, and prints it on standard output. With the flags for n8n it
also puts it into n8n's credential, as "token push" does. A token in N8N_API_TOKEN itself it
cannot change: then it says what to do, with exit code 1.`)
	r := rotation{invocation: in, next: token.Generate()}
	flags.BoolVar(&r.now, "now", false, "refuse the token before at once, whatever TOKEN_OVERLAP says")
	r.to.register(flags.FlagSet)
	if _, err := parse(flags, args, 0); err != nil {
		return err
	}
	var err error
	if r.cfg, err = config.Load(in.getenv, config.Options{Token: true}); err != nil {
		return err
	}
	if r.cfg.TokenSource == config.TokenFromEnv {
		return r.explainHost()
	}
	if r.now && r.cfg.TokenSource == config.TokenFromFile { // before anything changes: it will be written to
		if err := r.inDatabase(ctx, func(*sqlite.DB) error { return nil }); err != nil {
			return err
		}
	}
	if r.to.given() { // before anything changes
		if r.target, err = r.to.find(ctx); err != nil {
			return again(fmt.Errorf("nothing was changed: %w", err), r.command()+" "+r.to.flags())
		}
	}
	if err := r.write(ctx); err != nil {
		if r.target != nil {
			return again(err, r.command(), "and then that of n8n: "+r.to.command())
		}
		return again(err, r.command())
	}
	// It is written all the same, and must not stop half-way
	if _, err := fmt.Fprintln(in.stdout, r.next.Reveal()); err != nil {
		err = fmt.Errorf("print the new token: %w", err)
		err = errors.Join(err, r.spread(ctx))
		r.recordRotation(ctx)
		return err
	}
	err = r.spread(ctx)
	r.recordRotation(ctx)
	return err
}

// recordRotation writes down who has made the new token, after everything that keeps n8n waiting.
func (r *rotation) recordRotation(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), app.FetchTimeout)
	defer cancel()
	change := token.Change{
		Kind: token.RotatedByHand, Source: string(r.cfg.TokenSource), Version: r.written.Version,
		Fingerprint: r.next.Fingerprint(), Reason: "by hand at the command line",
	}
	if r.now {
		change.Reason += ", the token before is refused at once"
	}
	err := r.inDatabase(ctx, func(db *sqlite.DB) error { return db.RecordTokenChange(ctx, r.by, change) })
	if err != nil {
		r.say("Who made it could not be written into the activity: %v.", err)
	}
}

// command is the one that writes a new token once more.
func (r *rotation) command() string {
	command := "namets token rotate"
	if r.now {
		command += " --now"
	}
	return command
}

// write puts the new token into its source.
func (r *rotation) write(ctx context.Context) error {
	provider, err := app.NewProvider(r.cfg)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*app.FetchTimeout)
	defer cancel()
	rotator := app.NewRotator(r.cfg, provider)
	if r.written, err = rotator.Rotate(ctx, r.next, token.RotateOptions{Now: r.now}); err != nil {
		return err
	}
	if r.written.Created {
		r.say("There was nothing before, or something that was deleted: the secret holds the token only.")
	}
	r.say("%s holds a new token: fingerprint %s.", app.TokenLocation(r.cfg), r.next.Fingerprint())
	return nil
}

// spread brings the written token into force and into n8n.
func (r *rotation) spread(ctx context.Context) error {
	if r.now && !r.written.Alone {
		if err := r.revokeBefore(ctx); err != nil {
			return again(err, r.command())
		}
	}
	serving, err := findInstance(r.cfg)
	if err != nil {
		return again(err, r.repeat())
	}
	var status token.Status
	if serving == nil {
		r.say("No namets serves DATA_DIR here: the token counts from its next start on.")
	} else {
		began := time.Now()
		status, err = serving.reload(ctx, r.next.Fingerprint(), r.now)
		switch {
		case errors.Is(err, errElsewhere):
			r.say("%v.", err)
		case err != nil:
			return again(err, r.repeat())
		default:
			r.say("It is in force at process %d after %s.", serving.PID, sinceText(began))
		}
	}
	if r.target == nil {
		r.reportOutage(status, false)
		return nil
	}
	err = r.push(ctx, r.target, r.next)
	r.reportOutage(status, err == nil)
	if err == nil {
		err = r.verify(ctx, r.cfg, serving, r.next)
	}
	return again(err, r.to.command())
}

// repeat is the command that does what is left when the token is written and not known to be in
// force.
func (r *rotation) repeat() string {
	if r.target != nil {
		return r.to.command()
	}
	return "namets token reload"
}

// reportOutage says how long n8n was, or will be, without a token that is accepted; pushed says
// that it has the new one.
func (r *rotation) reportOutage(status token.Status, pushed bool) {
	switch {
	case !status.OverlapEnd.IsZero():
		r.say("The token before is accepted until %s.", status.OverlapEnd.Format(time.RFC3339))
	case status.Since.IsZero(): // nobody serves here, or nobody knows
	case pushed:
		r.say("n8n was refused for %s.", sinceText(status.Since))
	default:
		r.say("The token before has been refused since %s: n8n is, until its credential has the new one.",
			status.Since.Format(time.RFC3339))
	}
}

// revokeBefore notes in the database that the token before the new one is refused at once: a file
// holds but one token.
func (r *rotation) revokeBefore(ctx context.Context) error {
	return r.inDatabase(ctx, func(db *sqlite.DB) error {
		return db.RevokeBefore(ctx, r.by, r.next.Fingerprint())
	})
}

// inDatabase opens the database for fn. Where there is none, nobody knows the token before, and
// nothing is done.
func (r *rotation) inDatabase(ctx context.Context, fn func(*sqlite.DB) error) error {
	if _, err := os.Stat(r.cfg.DataDir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	dir, err := app.OpenData(r.cfg)
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir.Database()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return app.UseDatabase(ctx, r.cfg, dir, fn)
}

// explainHost prints a new token and says how its host takes it. It ends in an error: nothing has
// changed yet.
func (r *rotation) explainHost() error {
	if _, err := fmt.Fprintln(r.stdout, r.next.Reveal()); err != nil {
		return err
	}
	name := r.getenv("FLY_APP_NAME")
	if name == "" {
		name = "APP"
	}
	push := "namets token push"
	if r.to.given() {
		push = r.to.command()
	}
	steps := ""
	if r.cfg.Platform != config.Render {
		steps += fmt.Sprintf("\n  Fly:    fly secrets set N8N_API_TOKEN=TOKEN --app %s", name)
	}
	if r.cfg.Platform != config.Fly {
		steps += "\n  Render: Dashboard → the service → Environment → N8N_API_TOKEN → Edit, then \"Save, " +
			"rebuild, and deploy\""
	}
	if r.cfg.Platform == config.Other {
		steps += "\n  else:   set N8N_API_TOKEN where namets is started, and restart it"
	}
	return fmt.Errorf("the token is in N8N_API_TOKEN, which only its host can change; put the new one (TOKEN, on "+
		"standard output) there:%s\n"+
		"then put it into n8n: %s", steps, push)
}
