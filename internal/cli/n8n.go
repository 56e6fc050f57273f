package cli

import (
	"context"
	"fmt"

	"namets/internal/config"
	"namets/internal/n8n"
)

func n8nCommand() command {
	return command{"n8n", "workflow events", "print an n8n workflow that receives webhooks and sends the e-mails",
		printWorkflow}
}

// printWorkflow runs "namets n8n workflow events".
func printWorkflow(_ context.Context, in *invocation, args []string) error {
	flags := in.flags("n8n workflow events",
		`It prints an n8n workflow that receives the webhooks of namets, checks that they are authentic
and sends the e-mails. Import it in n8n, and fill in what its notes say. A serving namets hands
out the same at `+n8n.WorkflowPath+`.`)
	operands, err := parse(flags, args, 2)
	if err != nil {
		return err
	}
	if operands[0] != "workflow" || operands[1] != "events" {
		return usagef("usage: %s", flags.Name())
	}
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	workflow, err := n8n.Workflow(cfg.PublicURL)
	if err != nil {
		return fmt.Errorf("PUBLIC_URL: %w", err)
	}
	_, err = in.stdout.Write(workflow)
	return err
}
