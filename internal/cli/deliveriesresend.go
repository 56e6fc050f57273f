package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// resendChoice selects a new webhook-id for a delivery, and its recipients.
type resendChoice struct {
	newID, yes bool
	to         []string // with --new-id or without it
}

// flags adds those of a resend to the set.
func (c *resendChoice) flags(fs *flagSet) {
	fs.BoolVar(&c.newID, "new-id", false, "with ID: send its text under a new webhook-id to all its recipients who "+
		"may still receive it; n8n sends it also to those who already got it. It asks first")
	fs.BoolVar(&c.yes, "yes", false, "with --new-id: do not ask")
	fs.Func("to", "with ID: send its text under a new webhook-id to this `ADDRESS` only, which has to be one of its "+
		"recipients; may be repeated", func(address string) error {
		if address = strings.TrimSpace(address); address == "" {
			return errors.New("give an address")
		}
		c.to = append(c.to, address)
		return nil
	})
}

// chosen reports whether a new webhook-id is requested.
func (c *resendChoice) chosen() bool { return c.newID || len(c.to) > 0 }

// resend sends the delivery under a new webhook-id and prints the number of recipients.
func (c *resendChoice) resend(ctx context.Context, in *invocation, db *sqlite.DB, by namets.Actor, id int64) error {
	r := namets.Resend{Delivery: id, To: c.to}
	reach, err := db.ResendReach(ctx, r)
	if err != nil {
		return c.explain(err)
	}
	if len(c.to) == 0 && !c.yes {
		if err := c.ask(ctx, in, id, reach); err != nil {
			return err
		}
	}
	again, reach, err := db.Resend(ctx, by, r)
	if err != nil {
		return c.explain(err)
	}
	if reach.Left > 0 {
		fmt.Fprintf(in.stderr, "Left out, because they have left or do not want to hear of it any more: %d\n",
			reach.Left)
	}
	_, err = fmt.Fprintf(in.stdout, "delivery %d goes to %s, under a new webhook-id\n", again,
		peopleText(reach.Recipients))
	return err
}

// explain says which flag is wrong.
func (c *resendChoice) explain(err error) error {
	if complaint, ok := errors.AsType[*namets.Error](err); ok && complaint.Code == namets.Invalid &&
		complaint.Field == "to" {
		return usagef("the addresses of --to %s: nothing was sent", complaint.Message)
	}
	return err
}

// ask returns nil if a person at the terminal agrees.
func (c *resendChoice) ask(ctx context.Context, in *invocation, id int64, reach namets.ResendReach) error {
	question := fmt.Sprintf("Delivery %d goes to %s under a new webhook-id. People who already got the e-mail get "+
		"it again", id, peopleText(reach.Recipients))
	nobodyThere := usagef("%s: repeat the command with --yes, or name those who are missing with --to", question)
	if in.stdin == nil {
		return nobodyThere
	}
	fmt.Fprintf(in.stderr, "%s. Send it? [y/N] ", question)
	answers := make(chan string, 1)
	go func() { // it ends with the process: nothing interrupts reading from a terminal
		defer close(answers)
		line, err := bufio.NewReader(in.stdin).ReadString('\n')
		if line != "" || err == nil {
			answers <- strings.ToLower(strings.TrimSpace(line))
		}
	}()
	select {
	case answer, ok := <-answers:
		switch {
		case !ok:
			return nobodyThere
		case answer == "y" || answer == "yes":
			return nil
		}
	case <-ctx.Done():
		fmt.Fprintln(in.stderr)
	}
	return errors.New("nothing was sent")
}

func peopleText(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}
