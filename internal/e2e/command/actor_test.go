package command_test

import (
	"database/sql"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"namets/internal/e2e/harness"
)

// audited returns the names of the actors of the action, newest first.
func audited(t *testing.T, env harness.Environment, action string) (names []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(env["DATA_DIR"], "namets.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `select actor_kind || ' ' || actor_name || ' ' || detail from audit `+
		`where action = $1 order by id desc`, action)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func TestCommands_areInTheAuditWithTheirActor(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	file := harness.WriteFile(t, harness.APIToken+"\n")
	env := harness.NewEnvironment(t, "N8N_API_TOKEN", "", "N8N_API_TOKEN_FILE", file)
	harness.Import(t, env, harness.Fixture)
	if got := audited(t, env, "import"); len(got) != 1 ||
		!strings.HasPrefix(got[0], "command command line ("+me.Username+") ") {
		t.Errorf("import: %q", got)
	}
	next, _ := harness.MustRotate(t, env, "--now")
	got := audited(t, env, "rotate")
	if len(got) != 1 || !strings.HasPrefix(got[0], "command command line ("+me.Username+") ") ||
		!strings.Contains(got[0], "by hand at the command line, the token before is refused at once") ||
		strings.Contains(got[0], next) {
		t.Errorf("rotate: %q", got)
	}
	if os.Geteuid() == 0 {
		env["SUDO_USER"] = "amina"
		harness.MustRotate(t, env)
		if got := audited(t, env, "rotate"); len(got) != 2 ||
			!strings.HasPrefix(got[0], "command command line (amina) ") {
			t.Errorf("with sudo: %q", got)
		}
	}
}
