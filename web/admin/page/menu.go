package page

import (
	"slices"
	"strconv"
	"strings"

	"namets/internal/namets"
)

// MenuGroup is a part of the navigation.
type MenuGroup struct {
	Title   string // empty: the first one
	Entries []MenuEntry
}

// MenuEntry leads to a page and stands for all pages below it.
type MenuEntry struct {
	Text, Path string
	Current    bool
	needs      namets.Role
}

// existing returns the groups with those entries that a route for GET answers, each with the role
// that it needs.
func existing(groups []MenuGroup, routes []Route) []MenuGroup {
	var saved []MenuGroup
	for _, g := range groups {
		var entries []MenuEntry
		for _, e := range g.Entries {
			i := slices.IndexFunc(routes, func(r Route) bool { return r.reads() && r.Path == e.Path })
			if i >= 0 {
				e.needs = routes[i].Needs
				entries = append(entries, e)
			}
		}
		if len(entries) > 0 {
			saved = append(saved, MenuGroup{g.Title, entries})
		}
	}
	return saved
}

// menu returns what of the navigation the user may open, with the entry marked under which the
// current page is.
func (v *Visit) menu() []MenuGroup {
	var visible []MenuGroup
	for _, g := range v.kit.menu {
		var entries []MenuEntry
		for _, e := range g.Entries {
			if v.May(e.needs) {
				e.Current = v.route.Path == e.Path || e.Path != "/admin/" && strings.HasPrefix(v.route.Path, e.Path+"/")
				entries = append(entries, e)
			}
		}
		if len(entries) > 0 {
			visible = append(visible, MenuGroup{g.Title, entries})
		}
	}
	return visible
}

// RowPath returns the path of the page about a row of the kind.
func RowPath(kind namets.Kind, id int64) string {
	section := strings.ReplaceAll(string(kind), "_", "-")
	if kind == namets.KindPrayerSchedules {
		section = "prayer-times"
	}
	return "/admin/" + section + "/" + strconv.FormatInt(id, 10)
}

// IfOpen returns the path when there is such a page and the user may see it, and otherwise
// nothing. A number at its end stands for a row.
func (v *Visit) IfOpen(path string) string {
	pattern := path
	if end := strings.LastIndexByte(path, '/') + 1; end > 0 {
		if _, err := strconv.ParseInt(path[end:], 10, 64); err == nil {
			pattern = path[:end] + ":id"
		}
	}
	for _, r := range v.kit.table {
		if r.reads() && r.Path == pattern && v.May(r.Needs) {
			return path
		}
	}
	return ""
}
