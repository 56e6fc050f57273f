package namets

import (
	"slices"
	"strings"
)

// Scope is a right of an API token below /api/v1/.
type Scope string

// The scopes.
const (
	ScopeContentRead  Scope = "content:read"
	ScopeContentWrite Scope = "content:write"
	ScopePeopleRead   Scope = "people:read"
	ScopePeopleWrite  Scope = "people:write"
	ScopeSend         Scope = "send"
	ScopeChanges      Scope = "changes"
	ScopeHooks        Scope = "hooks"
)

// ScopeInfo describes a [Scope].
type ScopeInfo struct {
	Scope Scope
	// Name is what people call the right, and Allows what it allows, as clauses in lower case.
	Name, Allows string
	// Reads means that the scope neither changes content or people nor makes namets send anything.
	Reads bool
}

// ScopeInfos describes all scopes, in the order in which people choose them.
func ScopeInfos() []ScopeInfo {
	return []ScopeInfo{
		{ScopeContentRead, "read content", "read announcements, events, categories and prayer times", true},
		{ScopeContentWrite, "change content",
			"add, change, cancel and delete announcements, events, categories and prayer times", false},
		{ScopePeopleRead, "read people",
			"read subscribers and patrons with their addresses, and the recipients of webhooks", true},
		{ScopePeopleWrite, "change people",
			"add, change and delete subscribers and patrons, import lists, and report bounces", false},
		{ScopeSend, "send e-mails",
			"send e-mails to subscribers; needed together with the right to change what is sent", false},
		{ScopeChanges, "follow changes",
			"get each change with consumers; those of people only together with the right to read people", true},
		{ScopeHooks, "register webhooks", "register webhooks, and read and repeat their deliveries", false},
	}
}

// Scopes is a set of scopes. It is never changed once it is shared.
type Scopes []Scope

// AllScopes returns every scope.
func AllScopes() Scopes { return scopesWith(func(ScopeInfo) bool { return true }) }

// ReadScopes returns the scopes with [ScopeInfo.Reads].
func ReadScopes() Scopes { return scopesWith(func(info ScopeInfo) bool { return info.Reads }) }

func scopesWith(chosen func(ScopeInfo) bool) (list Scopes) {
	for _, info := range ScopeInfos() {
		if chosen(info) {
			list = append(list, info.Scope)
		}
	}
	return list
}

// Has reports whether scope is in s.
func (s Scopes) Has(scope Scope) bool { return slices.Contains(s, scope) }

// String returns the scopes separated by blanks.
func (s Scopes) String() string {
	names := make([]string, len(s))
	for i, scope := range s {
		names[i] = string(scope)
	}
	return strings.Join(names, " ")
}

// ParseScopes returns the scopes with the names, each once and in the order of [ScopeInfos]. Its
// error is an [Error] for the field scopes if a name is unknown or none is given; it does not
// contain the names.
func ParseScopes(names []string) (Scopes, error) {
	list := scopesWith(func(info ScopeInfo) bool { return slices.Contains(names, string(info.Scope)) })
	known := AllScopes()
	for _, name := range names {
		if !known.Has(Scope(name)) {
			return nil, &Error{Code: Invalid, Field: "scopes", Message: "takes " +
				strings.ReplaceAll(known.String(), " ", ", ")}
		}
	}
	if len(list) == 0 {
		return nil, &Error{Code: Invalid, Field: "scopes", Message: "must not be empty"}
	}
	return list, nil
}
