package system

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"namets/internal/namets"
	"namets/internal/secret"
	"namets/web/admin/page"
)

// namedTokenStore reads and ends named tokens; [auth.NamedTokens] creates them.
type namedTokenStore interface {
	// APIToken returns a token. Errors: NotFound.
	APIToken(ctx context.Context, id int64) (namets.APIToken, error)
	// RevokeAPIToken ends a token; one that has ended stays so. Errors: NotFound.
	RevokeAPIToken(ctx context.Context, by namets.Actor, id int64) error
}

const namedTokensPath = "/admin/api-tokens"

// namedTokensPage lists the named tokens, with a form to create one.
type namedTokensPage struct {
	page.Base
	Tokens, Ended []namedTokenRow
	Empty         page.Empty
	Form          namedTokenForm
}

// namedTokenRow is a named token in a list.
type namedTokenRow struct {
	ID       int64
	Name     string
	Scopes   string
	Requests page.Count
	// Used and Ends are nil if it was never used, and if it does not end by itself. Ended is nil
	// while it works.
	Used, Ends, Ended *page.When
	From, By          string // of one of the last requests
}

// namedTokenForm is the form of a new token.
type namedTokenForm struct {
	Faults     []page.Fault
	Name, Ends page.Field
	Scopes     []page.Check
	Wrong      string // the problem with Scopes; empty: none
	Number     string
}

// newNamedToken is a created or replaced token, to be shown once.
type newNamedToken struct {
	at    time.Time
	name  string
	value secret.Value
}

func (a *Admin) namedTokens(v *page.Visit) error { return a.listNamedTokens(v, http.StatusOK, nil) }

// listNamedTokens shows the list, with what was wrong with the form.
func (a *Admin) listNamedTokens(v *page.Visit, status int, wrong error) error {
	list, err := a.cfg.Tokens.Tokens(v.Request().Context())
	if err != nil {
		return err
	}
	p := &namedTokensPage{Base: v.Page("Named tokens"), Form: tokenForm(v), Empty: page.Empty{
		Title: "No named token yet", Text: "Create one for each workflow or program that uses the API below /api/v1/."}}
	for i := range list {
		row := tokenRow(v, &list[i])
		if row.Ended != nil {
			p.Ended = append(p.Ended, row)
		} else {
			p.Tokens = append(p.Tokens, row)
		}
	}
	if wrong != nil {
		scopes := page.Field{Name: "scopes", Label: "What it may do"}
		p.Form.Faults = page.Blame(wrong, &p.Form.Name, &scopes, &p.Form.Ends)
		if p.Form.Wrong = scopes.Error; p.Form.Faults == nil {
			return wrong
		}
	}
	return v.Render(status, "namedtokens", p)
}

func tokenRow(v *page.Visit, t *namets.APIToken) namedTokenRow {
	r := namedTokenRow{ID: t.ID, Name: t.Name, Scopes: scopesText(t.Scopes), Requests: page.Count(t.Used.Count),
		Used: v.WhenIf(t.Used.Last), Ends: v.WhenIf(t.ExpiresAt),
		Ended: v.WhenIf(t.EndedAt), From: t.Used.Address, By: t.Used.UserAgent}
	if r.Ended == nil && t.Ended(v.Now()) { // it has expired a moment ago
		r.Ended = r.Ends
	}
	return r
}

// tokenForm is the form as it was sent, or an empty one.
func tokenForm(v *page.Visit) namedTokenForm {
	f := namedTokenForm{Number: v.Number(),
		Name: page.Field{Name: "name", Label: "Name", Value: v.FormValue("name"), Required: true, Max: 40,
			Hint: "What uses it: “Calendar of the website”. The activity shows this name."},
		Ends: page.Field{Name: "expires_at", Label: "Ends at (optional)", Value: v.FormValue("expires_at"),
			Type: "datetime-local", Brief: true, Hint: v.ZoneHint() + " Without a time it works until you end it."},
	}
	chosen, _ := v.FormParams()
	for _, info := range namets.ScopeInfos() {
		f.Scopes = append(f.Scopes, page.Check{Name: "scopes", Value: string(info.Scope),
			Label: page.Capital(info.Name), Hint: scopeHint(&info),
			Checked: slices.Contains(chosen["scopes"], string(info.Scope))})
	}
	return f
}

// scopesText names the scopes.
func scopesText(scopes namets.Scopes) string {
	var names []string
	for _, info := range namets.ScopeInfos() {
		if scopes.Has(info.Scope) {
			names = append(names, info.Name)
		}
	}
	return page.Capital(strings.Join(names, ", "))
}

// scopeHint says what a scope allows, and what programs call it.
func scopeHint(info *namets.ScopeInfo) string {
	return page.Capital(info.Allows) + " (" + string(info.Scope) + ")."
}

// createNamedToken creates a token and shows it.
func (a *Admin) createNamedToken(v *page.Visit) error {
	t := namets.APIToken{Name: v.Text("name")}
	form, _ := v.FormParams()
	for _, info := range namets.ScopeInfos() {
		if slices.Contains(form["scopes"], string(info.Scope)) {
			t.Scopes = append(t.Scopes, info.Scope)
		}
	}
	if v.Text("expires_at") != "" {
		at := v.TypedTime("expires_at", nil)
		t.ExpiresAt = &at
	}
	err := a.showNamedToken(v, "The new token", func() (*newNamedToken, error) {
		value, err := a.cfg.Tokens.Create(v.Request().Context(), v.Actor(), t)
		return &newNamedToken{a.cfg.Now(), t.Name, value}, err
	})
	if code := namets.CodeOf(err); code == namets.Invalid || code == namets.Conflict {
		return a.listNamedTokens(v, page.StatusOf(err), err)
	}
	return err
}
