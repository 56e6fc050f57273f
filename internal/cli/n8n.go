package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/n8n"
)

func n8nCommand() command {
	return command{"n8n", "workflow NAME", "print a ready-made n8n workflow: " + strings.Join(workflowNames(), ", "),
		printWorkflow}
}

func workflowNames() (names []string) {
	for _, w := range n8n.Workflows() {
		names = append(names, w.Name)
	}
	return names
}

// printWorkflow runs "namets n8n workflow NAME".
func printWorkflow(ctx context.Context, in *invocation, args []string) error {
	var list strings.Builder
	for _, w := range n8n.Workflows() {
		fmt.Fprintf(&list, "\n  %-8s %s", w.Name, w.Summary)
	}
	flags := in.flags("n8n workflow NAME",
		`It prints a ready-made n8n workflow. Import it in n8n, and fill in what its notes say. A serving
namets hands out the same at `+n8n.WorkflowPath("NAME")+`.
`+list.String())
	form := flags.String("form", "", "the form of webhooks that \"events\" reads: legacy or v1; without it, "+
		"the one that this instance sends")
	operands, err := parse(flags, args, 2)
	if err != nil {
		return err
	}
	if operands[0] != "workflow" || !slices.Contains(workflowNames(), operands[1]) {
		return usagef("usage: %s; NAME is %s", flags.Name(), strings.Join(workflowNames(), ", "))
	}
	if *form != "" && !slices.Contains(n8n.Forms(), n8n.Form(*form)) {
		return usagef("--form is legacy or v1")
	}
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	chosen := n8n.Form(*form)
	if chosen == "" {
		chosen = app.WorkflowForm(ctx, cfg)
	}
	workflow, err := n8n.Workflow(operands[1], chosen, app.SiteOf(cfg))
	if err != nil {
		return fmt.Errorf("PUBLIC_URL: %w", err)
	}
	_, err = in.stdout.Write(workflow)
	return err
}
