package admin

import (
	"slices"
	"strings"

	"namets/internal/namets"
)

// menuGroup is a part of the navigation.
type menuGroup struct {
	Title   string // empty: the first one
	Entries []menuEntry
}

// menuEntry leads to a page and stands for all pages below it.
type menuEntry struct {
	Text, Path string
	Current    bool
	needs      namets.Role
}

// menu lists what the navigation can hold. Entries show once there is a route for their path.
func menu() []menuGroup {
	entry := func(text, path string) menuEntry { return menuEntry{Text: text, Path: path} }
	return []menuGroup{
		{"", []menuEntry{entry("Overview", "/admin/")}},
		{"Publish", []menuEntry{
			entry("Announcements", "/admin/announcements"),
			entry("Events", "/admin/events"),
			entry("Prayer times", "/admin/prayer-times"),
			entry("Message", "/admin/message"),
		}},
		{"People", []menuEntry{
			entry("Subscribers", "/admin/subscribers"),
			entry("Patrons", "/admin/patrons"),
		}},
		{"Operation", []menuEntry{
			entry("Deliveries", "/admin/deliveries"),
			entry("API token", "/admin/token"),
			entry("Activity", "/admin/activity"),
			entry("Users", "/admin/users"),
			entry("Settings", "/admin/settings"),
		}},
	}
}

// existing returns the groups with those entries that a route for GET answers, each with the role
// that it needs.
func existing(groups []menuGroup, routes []route) []menuGroup {
	var saved []menuGroup
	for _, g := range groups {
		var entries []menuEntry
		for _, e := range g.Entries {
			i := slices.IndexFunc(routes, func(r route) bool { return r.method == get && r.path == e.Path })
			if i >= 0 {
				e.needs = routes[i].needs
				entries = append(entries, e)
			}
		}
		if len(entries) > 0 {
			saved = append(saved, menuGroup{g.Title, entries})
		}
	}
	return saved
}

// menu returns what of the navigation the user may open, with the entry marked under which the
// current page is.
func (v *visit) menu() []menuGroup {
	var visible []menuGroup
	for _, g := range v.admin.menu {
		var entries []menuEntry
		for _, e := range g.Entries {
			if v.may(e.needs) {
				e.Current = v.route.path == e.Path || e.Path != "/admin/" && strings.HasPrefix(v.route.path, e.Path+"/")
				entries = append(entries, e)
			}
		}
		if len(entries) > 0 {
			visible = append(visible, menuGroup{g.Title, entries})
		}
	}
	return visible
}
