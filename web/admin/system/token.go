package system

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"namets/internal/namets"
	"namets/internal/token"
	"namets/web/admin/page"
)

// tokenSource is the source of the API token.
type tokenSource interface {
	Status() token.Status
	// Refresh reads the token again and puts it into force before it returns.
	Refresh(context.Context) error
}

// tokenStore records actions on the token.
type tokenStore interface {
	// RecordTokenChange records who did what with the token.
	RecordTokenChange(ctx context.Context, by namets.Actor, c token.Change) error
	// APIAccess returns the rights of the shared token, and LetSharedTokenWrite changes them.
	APIAccess(context.Context) (namets.APIAccess, error)
	LetSharedTokenWrite(ctx context.Context, by namets.Actor, may bool) error
	// RevokeBefore records that the token before the one with the fingerprint is refused, whatever
	// the overlap.
	RevokeBefore(ctx context.Context, by namets.Actor, fingerprint string) error
}

const (
	tokenPath  = "/admin/token"
	rotatePath = tokenPath + "/rotate"
	// writingPath is the switch "The shared token may write".
	writingPath = tokenPath + "/writing"
	// reloadTimeout is longer than a fetch may take, so that the page shows its result.
	reloadTimeout = 15 * time.Second
)

// tokenPage shows the state of the API token. It contains no token, only fingerprints.
type tokenPage struct {
	page.Base
	State                     tokenState
	Trouble                   *trouble
	Location                  string
	Fingerprint, Version      string
	Since, Created            *page.When
	Read, Next, Overlap       *page.When
	Reloads, Rotates, FromEnv bool
	MayWrite                  bool   // through the API under /api/v1/
	Scopes                    string // there
	Uses                      []tokenUse
	Refused                   []refusedKind
	Misread                   []misreading
	Keys                      []string // fingerprints of the keys that sign webhooks
}

// Misread is the number of requests to a path of the API with an invalid parameter since, since the
// start.
type Misread struct {
	Path  string
	Count int64
	Last  time.Time
}

// misreading is a Misread on the page.
type misreading struct {
	Path  string
	Count page.Count
	Last  *page.When
}

// misread returns the paths that had invalid parameters.
func (a *Admin) misread(v *page.Visit) (list []misreading) {
	if a.cfg.Misread == nil {
		return nil
	}
	for _, m := range a.cfg.Misread() {
		if m.Count > 0 {
			list = append(list, misreading{m.Path, page.Count(m.Count), v.WhenIf(&m.Last)})
		}
	}
	return list
}

// tokenState is a state in words.
type tokenState struct{ Kind, Text, Means string }

// trouble is the last error of the source.
type trouble struct {
	What, Do string
	Said     string // the text of the error
	At       *page.When
}

// tokenUse is the use of one token.
type tokenUse struct {
	token.Generation
	Began, Until *page.When
	Used         *page.When
}

// refusedKind counts the requests that were refused for one reason. If Until is set, it counts
// those with the expired token with the fingerprint What, which was accepted until then.
type refusedKind struct {
	What  string
	Until *page.When
	Count page.Count
}

func (a *Admin) token(v *page.Visit) error {
	access, err := a.store.APIAccess(v.Request().Context())
	if err != nil {
		return err
	}
	s := a.cfg.Token.Status()
	fromEnv := s.Source == "env"
	p := &tokenPage{
		Base: v.Page("API token"), State: stateOf(s.State), Trouble: a.trouble(v, s), Location: a.cfg.TokenLocation,
		Fingerprint: s.Fingerprint, Version: versionText(s), Since: v.WhenIf(&s.Since), Created: v.WhenIf(&s.Created),
		Read: v.WhenIf(&s.LastSuccess), Next: v.WhenIf(&s.NextReload), Overlap: v.WhenIf(&s.OverlapEnd),
		FromEnv: fromEnv, Reloads: !fromEnv && v.May(namets.Owner), Rotates: a.cfg.Rotator != nil &&
			v.May(namets.Owner),
		Refused: refusedKinds(v, s), Misread: a.misread(v), MayWrite: access.SharedMayWrite,
		Scopes: strings.ToLower(scopesText(access.SharedScopes())),
	}
	for _, g := range s.Generations {
		p.Uses = append(p.Uses, tokenUse{g, v.WhenIf(&g.Since), v.WhenIf(&g.AcceptedUntil), v.WhenIf(&g.LastUsed)})
	}
	for _, key := range a.cfg.WebhookKeys() {
		p.Keys = append(p.Keys, key.Fingerprint())
	}
	return v.Render(http.StatusOK, "token", p)
}

func stateOf(s token.State) tokenState {
	switch s {
	case token.OK:
		return tokenState{"good", "works", "n8n can use the API with the token in force."}
	case token.Degraded:
		return tokenState{"warn", "degraded", "The last valid token stays in force. n8n is not affected."}
	case token.Revoked:
		return tokenState{"bad", "revoked", "The token was deleted at its source: every request of n8n is refused " +
			"until there is one again."}
	}
	return tokenState{"bad", "unknown", "No token is known yet. Every request of n8n gets a 503 until the source " +
		"works."}
}

// trouble explains the problem of the source and its fix in plain words; nil if there is none.
func (a *Admin) trouble(v *page.Visit, s token.Status) *trouble {
	if s.Problem == "" {
		return nil
	}
	t := &trouble{Said: withoutKind(s.LastError), At: v.WhenIf(&s.LastAttempt)}
	inVault := s.Source == "vault"
	switch {
	case s.Problem == token.DeletedAtSource:
		t.What, t.Do = "The secret was deleted in Vault.", "Undelete it there, or rotate the token: that "+
			"writes a new one."
	case s.Problem == token.BadValue:
		t.What = "The stored value is not a valid token."
		t.Do = "Write one from namets token generate, or rotate the token here."
	case s.Problem == token.Misconfigured && inVault:
		t.What = "Vault refuses the login or the path, or the secret lacks the key."
		t.Do = "Fix what the response below names: the login, the policy, the path or the key. It does not " +
			"recover by itself."
	case s.Problem == token.Misconfigured:
		t.What, t.Do = "The file cannot be used as it is.", "Fix one of these: the file, its permissions or "+
			"N8N_API_TOKEN_FILE. It does not recover by itself."
	case inVault:
		t.What = "Vault does not respond, or says that it is unavailable."
		t.Do = "Check that Vault is running, unsealed and reachable. namets keeps trying."
	default:
		t.What = "The file cannot be read at this moment."
		t.Do = "Check that the file exists and its directory is mounted. namets keeps trying."
	}
	return t
}

// versionText is the version for people: without the time at the end of Vault's, which the page
// shows next to it, and without fractions of a second.
func versionText(s token.Status) string {
	version, _, _ := strings.Cut(s.Version, "@")
	if at, err := time.Parse(time.RFC3339Nano, version); err == nil {
		return at.Format(time.RFC3339)
	}
	return version
}

// refusedKinds counts refused requests by reason. It includes counts of zero, which are good news.
func refusedKinds(v *page.Visit, s token.Status) []refusedKind {
	list := []refusedKind{
		{What: "No token at all", Count: page.Count(s.Refused.None)},
		{What: "A token that was never in force", Count: page.Count(s.Refused.Wrong)},
	}
	known := len(list)
	for _, g := range s.Generations {
		if g.RefusedSince > 0 {
			list = append(list, refusedKind{g.Fingerprint, v.WhenIf(&g.AcceptedUntil), page.Count(g.RefusedSince)})
		}
	}
	if len(list) == known {
		list = append(list, refusedKind{What: "A token that was in force earlier",
			Count: page.Count(s.Refused.Expired)})
	}
	if s.Refused.Unavailable > 0 {
		list = append(list, refusedKind{What: "Anything, while no token was known",
			Count: page.Count(s.Refused.Unavailable)})
	}
	return list
}

// letWrite switches whether the shared token may write.
func (a *Admin) letWrite(v *page.Visit) error {
	may := v.FormValue("may") == "yes"
	if err := a.store.LetSharedTokenWrite(v.Request().Context(), v.Actor(), may); err != nil {
		return err
	}
	if may {
		return v.Done(tokenPath, "The shared token may write now.")
	}
	return v.Done(tokenPath, "The shared token may only read now.")
}

// reloadToken reads the token again and reports the result.
func (a *Admin) reloadToken(v *page.Visit) error {
	ctx, cancel := context.WithTimeout(v.Request().Context(), reloadTimeout)
	defer cancel()
	before := a.cfg.Token.Status()
	failure := a.cfg.Token.Refresh(ctx)
	after := a.cfg.Token.Status()
	c := token.Change{Kind: token.ReloadedByHand, Source: after.Source, Version: after.Version,
		Fingerprint: after.Fingerprint}
	var message string
	switch {
	case errors.Is(failure, token.ErrRevoked):
		c.Reason, message = "the token is deleted there", "The token is deleted at its source: every request "+
			"of n8n is refused."
	case failure != nil:
		c.Reason, message = "the source could not be read", "The source returned no token. See "+
			"the error below."
	case after.Fingerprint != before.Fingerprint:
		c.Previous, c.Reason = before.Fingerprint, "the source delivers another token"
		message = "The token was reloaded, and another one is in force now, " + after.Fingerprint + "."
	default:
		c.Reason, message = "the source delivers the same token", "The token was reloaded and is the same as before."
	}
	if err := a.store.RecordTokenChange(v.Request().Context(), v.Actor(), c); err != nil {
		return err
	}
	if failure != nil {
		return v.Failed(tokenPath, message)
	}
	return v.Done(tokenPath, message)
}
