package serve_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"namets/internal/e2e/harness"
)

func TestServe_readsNothingWhileItIsRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	dir, err := os.MkdirTemp("", "namets-run-as-") // only root may enter t.TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("signs what is told to n8n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // the other user must be able to enter it
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), harness.BuildBinary(t), "serve")
	cmd.Env = []string{"HOST=127.0.0.1", "PORT=0", "DATA_DIR=" + filepath.Join(dir, "data"),
		"N8N_API_TOKEN=" + harness.APIToken,
		"RUN_AS=65532", "WEBHOOK_SECRET_FILE=" + secret}
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "WEBHOOK_SECRET_FILE: ") ||
		!strings.Contains(string(out), "permission denied") {
		t.Errorf("%v: %s", err, out)
	}
}
