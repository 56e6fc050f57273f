package serve_test

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"

	"namets/internal/e2e/harness"
)

// residentLimit is the memory limit of an idle namets with a community's rows, in kilobytes,
// without the pages of the program's own file: the kernel drops those if memory is short, and reads
// them again. 15 to 16.5 MB are usual.
const residentLimit = 20_000

func TestServe_usesLittleMemoryWhenIdle(t *testing.T) {
	resident := func(cmd *exec.Cmd) int {
		status, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/status")
		if err != nil {
			t.Skip("there is no /proc to read the memory of a process from")
		}
		kB, err := strconv.Atoi(regexp.MustCompile(`RssAnon:\s+(\d+) kB`).FindStringSubmatch(string(status))[1])
		if err != nil {
			t.Fatal(err)
		}
		return kB
	}
	env := harness.Imported(t, harness.Fixture)
	env["HOST"], env["PORT"], env["N8N_API_TOKEN"] = "127.0.0.1", "0", harness.APIToken
	s, cmd := harness.StartBinary(t, harness.BuildBinary(t), env)
	for _, path := range []string{"/", "/api/subscribers/", "/api/announcements/new/", "/api/events/upcoming/"} {
		s.Get(t, path)
	}
	least := resident(cmd)
	harness.Eventually(t, 10*time.Second, "it uses less than 20 MB", func() bool {
		least = min(least, resident(cmd))
		return least < residentLimit
	})
	t.Logf("%d kB", least)
}
