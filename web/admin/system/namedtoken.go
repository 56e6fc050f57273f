package system

import (
	"net/http"
	"net/url"
	"strconv"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// namedTokenPage is one named token, with what belongs to it.
type namedTokenPage struct {
	page.Base
	Of                 namedTokenRow
	Allows             []string
	Created            page.When
	CreatedBy          string
	Replaced           *page.When
	Belongs            []string // webhooks and consumers
	CanReplace, CanEnd bool
}

// shownTokenPage shows the value of a token, once.
type shownTokenPage struct {
	page.Base
	Name, Value, PublicURL string
}

func namedTokenPath(id int64) string { return namedTokensPath + "/" + strconv.FormatInt(id, 10) }

// namedTokenOf returns the token of the path, and what belongs to it in words. Errors: NotFound.
func (a *Admin) namedTokenOf(v *page.Visit) (t namets.APIToken, belongs []string, err error) {
	id, err := v.ID()
	if err != nil {
		return t, nil, err
	}
	ctx := v.Request().Context()
	if t, err = a.store.APIToken(ctx, id); err != nil {
		return t, nil, err
	}
	hooks, err := a.store.HooksOf(ctx, id)
	for i := range hooks {
		belongs = append(belongs, "the webhook "+hooks[i].Key+" to "+hostOf(hooks[i].URL))
	}
	if err != nil {
		return t, nil, err
	}
	consumers, err := a.store.ConsumersOf(ctx, id)
	for i := range consumers {
		belongs = append(belongs, "the consumer "+consumers[i].Name)
	}
	return t, belongs, err
}

// hostOf is what pages show of an address that may be as good as a password.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return "an unknown host"
}

func (a *Admin) namedToken(v *page.Visit) error {
	t, belongs, err := a.namedTokenOf(v)
	if err != nil {
		return err
	}
	p := &namedTokenPage{Base: v.Page(t.Name), Of: tokenRow(v, &t), Created: v.When(t.CreatedAt),
		CreatedBy: t.CreatedBy, Replaced: v.WhenIf(t.ReplacedAt), CanReplace: !t.Ended(v.Now()),
		CanEnd: t.EndedAt == nil}
	for _, text := range belongs {
		p.Belongs = append(p.Belongs, page.Capital(text))
	}
	for _, info := range namets.ScopeInfos() {
		if t.Scopes.Has(info.Scope) {
			p.Allows = append(p.Allows, scopeHint(&info))
		}
	}
	return v.Render(http.StatusOK, "namedtoken", p)
}

func (a *Admin) confirmReplaceToken(v *page.Visit) error {
	t, belongs, err := a.namedTokenOf(v)
	if err != nil {
		return err
	}
	facts := []string{"The value that it has now is refused at once: put the new one into n8n right after.",
		"What it may do stays the same."}
	for _, text := range belongs {
		facts = append(facts, page.Capital(text)+" stays.")
	}
	return v.Confirm("Replace the token "+t.Name, page.Confirmation{
		Lead: "The token gets a new value, which is shown to you once.", Facts: facts,
		Action: namedTokenPath(t.ID) + "/replace",
		Hidden: []page.Hidden{{Name: "name", Value: t.Name}, {Name: "number", Value: v.Number()}},
		Button: "Replace it", Danger: true, Back: namedTokenPath(t.ID),
	})
}

func (a *Admin) replaceToken(v *page.Visit) error {
	t, _, err := a.namedTokenOf(v)
	if err != nil {
		return err
	}
	if v.FormValue("name") != t.Name {
		return otherToken(v, &t)
	}
	err = a.showNamedToken(v, "The new value", func() (*newNamedToken, error) {
		value, err := a.cfg.Tokens.Replace(v.Request().Context(), v.Actor(), t.ID)
		return &newNamedToken{a.cfg.Now(), t.Name, value}, err
	})
	if namets.CodeOf(err) == namets.Conflict {
		return v.Failed(namedTokenPath(t.ID), "Nothing was changed: the token has ended. Create another one.")
	}
	return err
}

func (a *Admin) confirmEndToken(v *page.Visit) error {
	t, belongs, err := a.namedTokenOf(v)
	if err != nil {
		return err
	}
	facts := []string{"It is refused at once, for good. Its name can be used again."}
	for _, text := range belongs {
		facts = append(facts, page.Capital(text)+" stops.")
	}
	return v.Confirm("End the token "+t.Name, page.Confirmation{
		Lead: "Whatever uses this token can no longer use the API.", Facts: facts,
		Action: namedTokenPath(t.ID) + "/end", Hidden: []page.Hidden{{Name: "name", Value: t.Name}},
		Button: "End this token", Danger: true, Back: namedTokenPath(t.ID),
	})
}

func (a *Admin) endToken(v *page.Visit) error {
	t, _, err := a.namedTokenOf(v)
	if err != nil {
		return err
	}
	if v.FormValue("name") != t.Name {
		return otherToken(v, &t)
	}
	if err := a.store.RevokeAPIToken(v.Request().Context(), v.Actor(), t.ID); err != nil {
		return err
	}
	return v.Done(namedTokensPath, "The token "+t.Name+" has ended.")
}

// otherToken responds to a form that names another token than its path.
func otherToken(v *page.Visit, t *namets.APIToken) error {
	return v.Failed(namedTokenPath(t.ID), "Nothing was changed: the form belongs to another token.")
}

// showNamedToken shows the token that made returns. A form that is sent twice makes one.
func (a *Admin) showNamedToken(v *page.Visit, title string, made func() (*newNamedToken, error)) error {
	t, err := a.named.Do(v.FormValue("number"), made)
	if err == nil && a.cfg.Now().Sub(t.at) >= sameClick {
		return v.Failed(namedTokensPath, "This form has already made a token, which was shown once. If nobody has it, "+
			"replace that token.")
	}
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "showntoken", &shownTokenPage{Base: v.Page(title), Name: t.name,
		Value: t.value.Reveal(), PublicURL: v.PublicURL()})
}
