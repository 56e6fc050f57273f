package system

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	"namets/internal/rotation"
	"namets/internal/secret"
	"namets/internal/token"
	"namets/web/admin/page"
)

var (
	errRotatedAlready = errors.New("this form has already created a token")
	errOtherToken     = errors.New("another token is in force than the one that the form showed")
)

// rotatePage asks the user to confirm a rotation, and shows why the last one failed.
type rotatePage struct {
	page.Base
	Location, Current string
	Fault             *rotateFault
	Overlap           string     // empty: none
	Previous          string     // fingerprint of a token that is still accepted; empty: none
	Until             *page.When // its end
	Now               page.Check
	Number            string
}

// rotateFault is the reason why no new token was made, or why the result is unknown.
type rotateFault struct{ What, Said, Then string }

// newTokenPage shows a new token, once.
type newTokenPage struct {
	page.Base
	Value, Fingerprint string
	Warnings           []string
	InForce            bool
	Overlap            *page.When // the end of the overlap; nil: the previous token is refused
	PublicURL          string
}

// newToken is the result of a rotation.
type newToken struct {
	at       time.Time // of its making
	value    secret.Value
	inForce  bool
	overlap  time.Time // its end; zero: there is none
	warnings []string
}

// tokenFromHost is the response if no rotation is possible.
func tokenFromHost(v *page.Visit) error {
	return v.Failed(tokenPath, "Nothing was changed: this token is in N8N_API_TOKEN, which only the host can "+
		"change. The steps are below.")
}

func (a *Admin) confirmRotate(v *page.Visit) error {
	if a.cfg.Rotator == nil {
		return tokenFromHost(v)
	}
	return a.askRotate(v, http.StatusOK, nil)
}

func (a *Admin) askRotate(v *page.Visit, status int, fault *rotateFault) error {
	s := a.cfg.Token.Status()
	p := &rotatePage{
		Base: v.Page("Create a new API token"), Location: a.cfg.TokenLocation, Current: s.Fingerprint, Fault: fault,
		Number: rand.Text(),
		Until:  v.WhenIf(&s.OverlapEnd),
		Now: page.Check{Name: "now", Label: "Refuse the old one at once", Checked: v.Ticked("now"),
			Hint: "Choose this when the old one has leaked. n8n is refused until its credential has the new one."},
	}
	if d := a.cfg.TokenOverlap; d > 0 {
		p.Overlap = spanText(d)
	}
	if p.Until != nil && len(s.Generations) > 1 {
		p.Previous = s.Generations[1].Fingerprint
	}
	return v.Render(status, "rotate", p)
}

// spanText formats a duration: "10 minutes".
func spanText(d time.Duration) string {
	switch {
	case d >= 48*time.Hour && d%(24*time.Hour) == 0:
		return page.Count(d/(24*time.Hour)).Of("day", "days")
	case d >= time.Hour && d%time.Hour == 0:
		return page.Count(d/time.Hour).Of("hour", "hours")
	case d >= time.Minute && d%time.Minute == 0:
		return page.Count(d/time.Minute).Of("minute", "minutes")
	}
	return d.String()
}

// sameClick is the time after a response in which a second copy of its form counts as the same
// click. A browser shows only the response to the last copy, so that response must show the token
// too.
const sameClick = 2 * time.Second

// rotateToken makes a new token and shows it. It completes even if the browser disconnects.
func (a *Admin) rotateToken(v *page.Visit) error {
	if a.cfg.Rotator == nil {
		return tokenFromHost(v)
	}
	ctx := context.WithoutCancel(v.Request().Context())
	made, err := a.rotated.Do(v.FormValue("once"), func() (*newToken, error) {
		return a.rotate(ctx, v, v.FormValue("current"), v.Ticked("now"))
	})
	if err == nil && a.cfg.Now().Sub(made.at) >= sameClick {
		err = errRotatedAlready
	}
	if err != nil {
		return a.notRotated(v, err)
	}
	p := &newTokenPage{
		Base: v.Page("The new API token"), Value: made.value.Reveal(), Fingerprint: made.value.Fingerprint(),
		Warnings: made.warnings, InForce: made.inForce, Overlap: v.WhenIf(&made.overlap), PublicURL: v.PublicURL(),
	}
	return v.Render(http.StatusOK, "newtoken", p)
}

// rotate writes a new token, and waits until it is in force. After the write there are no errors,
// only warnings, because the token must be shown. known is the fingerprint that the form showed;
// empty: no token was known.
func (a *Admin) rotate(ctx context.Context, v *page.Visit, known string, now bool) (*newToken, error) {
	before := a.cfg.Token.Status()
	if known != before.Fingerprint {
		return nil, errOtherToken
	}
	result, err := rotation.Rotate(ctx, rotation.Options{
		By: v.Actor(), Reason: "by hand in the admin", Source: before.Source, Previous: before.Fingerprint, Now: now,
		Rotator: a.cfg.Rotator, History: a.store, Wait: a.cfg.RotationWait,
		Serving: func(context.Context) (rotation.Serving, error) { return thisProcess{a.cfg.Token}, nil },
	})
	switch result.Outcome {
	case rotation.NotWritten, rotation.Uncertain:
		return nil, err
	}
	made := &newToken{at: a.cfg.Now(), value: result.Token, inForce: result.Outcome == rotation.InForce,
		overlap: result.Status.OverlapEnd}
	if result.Unrecorded != nil {
		made.warn("Who made it could not be written into the activity: the database does not take it.")
	}
	switch {
	case errors.Is(result.Unrevoked, rotation.ErrStillAccepted):
		made.warn("The token before is not refused at once. See below until when it is accepted.")
	case result.Unrevoked != nil:
		made.warn("The previous token is not refused at once, because the database does not take that. See below " +
			"until when it is accepted.")
	}
	if result.Written.Created {
		made.warn("There was nothing before, or something that was deleted: the secret holds the token only now, " +
			"and no WEBHOOK_SECRET.")
	}
	if !made.inForce {
		made.warn(notInForce(result.Status, before))
	}
	return made, nil
}

func (n *newToken) warn(text string) { n.warnings = append(n.warnings, text) }

// thisProcess is the token source of this process, as [rotation.Rotate] uses it.
type thisProcess struct{ tokenSource }

// Reload reads the source. The status contains its error.
func (h thisProcess) Reload(ctx context.Context) error {
	_ = h.Refresh(ctx)
	return nil
}

// Status returns the state of the source.
func (h thisProcess) Status(context.Context) (token.Status, error) {
	return h.tokenSource.Status(), nil
}

// notInForce says why a written token is not in force.
func notInForce(status, before token.Status) string {
	const goesOn = " namets keeps trying; until then the previous token is in force."
	switch {
	case status.LastError != "":
		return "It is written, but not in force yet: " + withoutKind(status.LastError) + "." + goesOn
	case status.Fingerprint == before.Fingerprint:
		return "It is written, but not in force yet: its source still returns the previous token." + goesOn
	}
	return "It is written, but another one is in force, " + status.Fingerprint +
		": somebody else has written one since."
}

// notRotated says why no token was made.
func (a *Admin) notRotated(v *page.Visit, err error) error {
	stays := "Nothing was changed."
	if s := a.cfg.Token.Status(); s.Fingerprint != "" {
		stays = "Nothing was changed: the token " + s.Fingerprint + " is in force as before."
	}
	switch {
	case errors.Is(err, errRotatedAlready):
		return v.Failed(tokenPath, "This form has already created a token, which was shown once. Nothing was changed "+
			"now. If nobody has it, create another one.")
	case errors.Is(err, errOtherToken):
		return a.askRotate(v, http.StatusConflict,
			&rotateFault{What: "The token has changed since you opened this page.",
				Then: stays + " Somebody may just have put it into n8n: create another one only if you are sure."})
	case errors.Is(err, token.ErrUncertain):
		return a.askRotate(v, http.StatusServiceUnavailable,
			&rotateFault{What: "It is unknown whether the new token was written.", Said: reason(err),
				Then: "Reload the token on the previous page to see which one is in force, or try again here: " +
					"that does no harm."})
	case errors.Is(err, token.ErrUnavailable):
		return a.askRotate(v, http.StatusServiceUnavailable, &rotateFault{What: "That did not work just now.",
			Said: reason(err), Then: stays + " Try again in a moment."})
	case errors.Is(err, token.ErrConfig):
		return a.askRotate(v, http.StatusConflict, &rotateFault{What: "namets cannot write the token there.",
			Said: reason(err),
			Then: stays + " The operator has to fix this first."})
	}
	return err
}

// reason is the text of an error without the kind of error at its beginning.
func reason(err error) string { return withoutKind(err.Error()) }

func withoutKind(text string) string {
	for _, kind := range []error{token.ErrUnavailable, token.ErrConfig, token.ErrInvalid, token.ErrRevoked} {
		text = strings.TrimPrefix(text, kind.Error()+": ")
	}
	return text
}
