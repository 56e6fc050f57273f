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
	"namets/internal/namets"
	"namets/internal/rotation"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

// rotateCommand is one run of "token rotate". It implements what the rotation needs of n8n.
type rotateCommand struct {
	*invocation
	cfg      *config.Config
	now      bool
	to       n8nFlags
	target   *target   // nil: n8n is left alone
	serving  *instance // nil: nobody serves, or not yet looked for
	printErr error     // of the new token on standard output
}

func tokenRotate(ctx context.Context, in *invocation, args []string) error {
	flags := in.flags("token rotate",
		`It puts a new random token into the file or into Vault, makes the namets that serves DATA_DIR
read it, waits until it is in force, and prints it on standard output. With the flags for n8n it
also puts it into n8n's credential, as "token push" does. A token in N8N_API_TOKEN itself it
cannot change: then it says what to do, with exit code 1.`)
	r := rotateCommand{invocation: in}
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
		if err := (historyAt{r.cfg}).open(ctx, func(*sqlite.DB) error { return nil }); err != nil {
			return err
		}
	}
	if r.to.given() { // before anything changes
		if r.target, err = r.to.find(ctx); err != nil {
			return again(fmt.Errorf("nothing was changed: %w", err), r.command()+" "+r.to.flags())
		}
	}
	return r.rotate(ctx)
}

func (r *rotateCommand) rotate(ctx context.Context) error {
	provider, err := app.NewProvider(r.cfg)
	if err != nil {
		return again(err, r.command())
	}
	o := rotation.Options{
		By: r.by, Reason: "by hand at the command line", Source: string(r.cfg.TokenSource),
		Rotator: app.NewRotator(r.cfg, provider), History: historyAt{r.cfg}, Serving: r.find, Now: r.now,
		Reached: r.tell,
	}
	if r.target != nil {
		o.N8N = r
	}
	result, err := rotation.Rotate(ctx, o)
	if result.Unrecorded != nil {
		r.say("Who made it could not be written into the activity: %v.", result.Unrecorded)
	}
	return errors.Join(r.printErr, again(result.Unrevoked, r.command()), r.explain(result, err))
}

// find finds the serving namets.
func (r *rotateCommand) find(context.Context) (rotation.Serving, error) {
	var err error
	if r.serving, err = findInstance(r.cfg); err != nil || r.serving == nil {
		return nil, err
	}
	return r.serving, nil
}

// tell reports the result of a step.
func (r *rotateCommand) tell(result rotation.Result) {
	switch result.Outcome {
	case rotation.Written:
		if result.Written.Created {
			r.say("There was nothing before, or something that was deleted: the secret holds the token only.")
		}
		r.say("%s holds a new token: fingerprint %s.", app.TokenLocation(r.cfg), result.Token.Fingerprint())
		// Whether or not it can be printed, the remaining steps must be done
		if _, err := fmt.Fprintln(r.stdout, result.Token.Reveal()); err != nil {
			r.printErr = fmt.Errorf("print the new token: %w", err)
		}
		return
	case rotation.Unserved:
		r.say("No namets serves DATA_DIR here: the token counts from its next start on.")
	case rotation.Unreachable:
		r.say("%v.", result.Obstacle)
	case rotation.InForce:
		r.say("It is in force at process %d after %s.", r.serving.PID, durationText(result.Took))
	case rotation.Verified:
		return
	}
	if n8nIsNext := result.Outcome < rotation.NotPushed && r.target != nil; !n8nIsNext {
		r.reportOutage(result.Status, result.Outcome == rotation.Pushed)
	}
}

// explain adds to the error the command that completes the remaining steps.
func (r *rotateCommand) explain(result rotation.Result, err error) error {
	switch result.Outcome {
	case rotation.NotWritten, rotation.Uncertain:
		if r.target != nil {
			return again(err, r.command(), "and then that of n8n: "+r.to.command())
		}
		return again(err, r.command())
	case rotation.Written:
		if r.serving != nil {
			err = r.serving.explain(err, result.Status, result.Token.Fingerprint())
		}
		if r.target == nil {
			return again(err, "namets token reload")
		}
	}
	return again(err, r.to.command())
}

// Push puts the token into n8n's credential.
func (r *rotateCommand) Push(ctx context.Context, next secret.Value) error {
	return r.push(ctx, r.target, next)
}

// Verify makes a call with the token, as n8n does.
func (r *rotateCommand) Verify(ctx context.Context, next secret.Value) error {
	return r.verify(ctx, r.cfg, r.serving, next)
}

// command is the command line that writes a new token again.
func (r *rotateCommand) command() string {
	command := "namets token rotate"
	if r.now {
		command += " --now"
	}
	return command
}

// reportOutage says how long n8n was, or will be, without an accepted token; pushed means that n8n
// has the new one.
func (r *rotateCommand) reportOutage(status token.Status, pushed bool) {
	switch {
	case !status.OverlapEnd.IsZero():
		r.say("The token before is accepted until %s.", status.OverlapEnd.Format(time.RFC3339))
	case status.Since.IsZero(): // nobody serves here, or nobody knows
	case pushed:
		r.say("n8n was refused for %s.", durationText(time.Since(status.Since)))
	default:
		r.say("The token before has been refused since %s: n8n is, until its credential has the new one.",
			status.Since.Format(time.RFC3339))
	}
}

// historyAt is the token's history in the configured database. Without a database the previous
// token is unknown, and nothing is written.
type historyAt struct{ cfg *config.Config }

func (h historyAt) RevokeBefore(ctx context.Context, by namets.Actor, fingerprint string) error {
	return h.open(ctx, func(db *sqlite.DB) error { return db.RevokeBefore(ctx, by, fingerprint) })
}

func (h historyAt) RecordTokenChange(ctx context.Context, by namets.Actor, change token.Change) error {
	return h.open(ctx, func(db *sqlite.DB) error { return db.RecordTokenChange(ctx, by, change) })
}

func (h historyAt) open(ctx context.Context, fn func(*sqlite.DB) error) error {
	if _, err := os.Stat(h.cfg.DataDir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	dir, err := app.OpenData(h.cfg)
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir.Database()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return app.UseDatabase(ctx, h.cfg, dir, fn)
}

// explainHost prints a new token and says how to set it on the host. It ends in an error, because
// nothing has changed yet.
func (r *rotateCommand) explainHost() error {
	if _, err := fmt.Fprintln(r.stdout, token.Generate().Reveal()); err != nil {
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
