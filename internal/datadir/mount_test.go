package datadir

import (
	"strings"
	"testing"
)

func TestMountOf_findsTheNearestMountAbove(t *testing.T) {
	table := `22 1 254:0 / / rw,relatime - overlay overlay rw
23 22 0:20 / /proc rw shared:5 - proc proc rw
24 22 254:16 / /data rw,relatime - ext4 /dev/vdb rw
25 24 0:30 / /data/tmp rw - tmpfs tmpfs rw
26 22 254:32 / /with\040blank rw - xfs /dev/vdc rw
`
	for _, tt := range []struct{ path, point, kind string }{
		{"/", "/", "overlay"},
		{"/database", "/", "overlay"},
		{"/data", "/data", "ext4"},
		{"/data/namets", "/data", "ext4"},
		{"/data/tmp/x", "/data/tmp", "tmpfs"},
		{"/with blank/x", "/with blank", "xfs"},
	} {
		point, kind, err := mountOf(tt.path, strings.NewReader(table))
		if err != nil || point != tt.point || kind != tt.kind {
			t.Errorf("mountOf(%s) = %s, %s, %v, want %s, %s", tt.path, point, kind, err, tt.point, tt.kind)
		}
	}
	if _, _, err := mountOf("/x", strings.NewReader("garbage\n")); err == nil {
		t.Error("a table without the root was accepted")
	}
}
