package admin

import "namets/web/admin/page"

// menu is the navigation.
func menu() []page.MenuGroup {
	entry := func(text, path string) page.MenuEntry { return page.MenuEntry{Text: text, Path: path} }
	return []page.MenuGroup{
		{Entries: []page.MenuEntry{entry("Overview", "/admin/")}},
		{Title: "Publish", Entries: []page.MenuEntry{
			entry("Announcements", "/admin/announcements"),
			entry("Events", "/admin/events"),
			entry("Prayer times", "/admin/prayer-times"),
			entry("Message", "/admin/message"),
		}},
		{Title: "People", Entries: []page.MenuEntry{
			entry("Subscribers", "/admin/subscribers"),
			entry("Patrons", "/admin/patrons"),
		}},
		{Title: "Operation", Entries: []page.MenuEntry{
			entry("Deliveries", "/admin/deliveries"),
			entry("n8n", "/admin/n8n"),
			entry("API token", "/admin/token"),
			entry("Named tokens", "/admin/api-tokens"),
			entry("Activity", "/admin/activity"),
			entry("Users", "/admin/users"),
			entry("Settings", "/admin/settings"),
		}},
	}
}
