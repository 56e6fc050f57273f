package datadir

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// ErrEphemeral means that the directory is not on a mounted volume.
var ErrEphemeral = errors.New("not on a mounted disk")

// CheckMounted returns [ErrEphemeral] if the directory is, or would be created, on the machine's
// root file system or in memory, which container platforms wipe at every deploy. On systems other
// than Linux, where no such platform exists, its error says that it cannot tell.
func (d Dir) CheckMounted() error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("namets cannot tell on %s whether DATA_DIR is on a mounted disk", runtime.GOOS)
	}
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	defer f.Close()
	path, err := existing(d.path)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return err
	}
	point, kind, err := mountOf(path, f)
	switch {
	case err != nil:
		return err
	case point == "/", kind == "tmpfs", kind == "ramfs", kind == "overlay":
		return ErrEphemeral
	}
	return nil
}

// mountOf finds the mount point of path, and its file system, in a table in the format of
// proc_pid_mountinfo(5).
func mountOf(path string, table io.Reader) (point, kind string, err error) {
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		fields := strings.Fields(before)
		if !ok || len(fields) < 5 {
			continue
		}
		// The kernel writes blanks, tabs, line ends and backslashes as octal numbers.
		at := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(fields[4])
		above := at == "/" || path == at || strings.HasPrefix(path, at+"/")
		if above && len(at) >= len(point) { // a later mount hides an earlier one at the same point
			point = at
			kind, _, _ = strings.Cut(after, " ")
		}
	}
	if point == "" {
		err = errors.New("the table of mounts does not name the root")
	}
	return point, kind, errors.Join(err, lines.Err())
}
