package page

import (
	"slices"
	"strconv"
	"strings"

	"namets/internal/namets"
)

// MenuGroup is a section of the navigation.
type MenuGroup struct {
	Title   string // empty for the first group
	Entries []MenuEntry
}

// MenuEntry links to a page and is marked for all pages below it.
type MenuEntry struct {
	Text, Path string
	Current    bool
	needs      namets.Role
}

// existing returns the groups without the entries that have no GET route, and sets the required
// role of the others.
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

// menu returns the navigation that the user may open, with the entry of the current page marked.
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

// RowPath returns the path of the page of a row of the kind.
func RowPath(kind namets.Kind, id int64) string {
	section := strings.ReplaceAll(string(kind), "_", "-")
	if kind == namets.KindPrayerSchedules {
		section = "prayer-times"
	}
	return "/admin/" + section + "/" + strconv.FormatInt(id, 10)
}

// IfOpen returns the path if that page exists and the user may see it, and otherwise an empty
// string. A number at its end is the id of a row.
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
