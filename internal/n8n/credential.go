package n8n

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"namets/internal/secret"
)

const maxPages = 100 // of 250 credentials each

// Credential is one of n8n's credentials. Its content cannot be read.
type Credential struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

// Credential returns the only credential with this name, which must have the type [HeaderAuth]. It
// fails if there is none, or more than one.
func (c *Client) Credential(ctx context.Context, name string) (Credential, error) {
	all, err := c.credentials(ctx)
	if err != nil {
		return Credential{}, err
	}
	var named []Credential
	var others []string // names of those that would do
	for _, cred := range all {
		switch {
		case cred.Name == name:
			named = append(named, cred)
		case cred.Type == HeaderAuth:
			others = append(others, fmt.Sprintf("%q", cred.Name))
		}
	}
	switch {
	case len(named) > 1:
		return Credential{}, fmt.Errorf("n8n has %d credentials named %q: rename all but the one that is meant",
			len(named), name)
	case len(named) == 0 && len(others) == 0:
		return Credential{}, fmt.Errorf("n8n has no credential named %q, and no other of the type Header Auth that "+
			"this API key can see", name)
	case len(named) == 0:
		return Credential{}, fmt.Errorf("n8n has no credential named %q; those of the type Header Auth are %s", name,
			strings.Join(others, ", "))
	case named[0].Type != HeaderAuth:
		return Credential{}, fmt.Errorf("the credential %q of n8n is of the type %s: it has to be of the type "+
			"Header Auth", name, named[0].Type)
	}
	return named[0], nil
}

// credentials lists all credentials that the API key can see.
func (c *Client) credentials(ctx context.Context) ([]Credential, error) {
	var all []Credential
	cursor := ""
	for range maxPages {
		var page struct {
			Data       []Credential `json:"data"`
			NextCursor *string      `json:"nextCursor"`
		}
		query := url.Values{"limit": {"250"}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		if err := c.call(ctx, "list the credentials", http.MethodGet, "credentials?"+query.Encode(), nil,
			&page); err != nil {
			return nil, err
		}
		if page.Data == nil {
			return nil, fmt.Errorf("list the credentials: what answers at %s is not n8n's API: give the address of "+
				"n8n itself", c.base)
		}
		all = append(all, page.Data...)
		if page.NextCursor == nil || *page.NextCursor == "" {
			return all, nil
		}
		cursor = *page.NextCursor
	}
	return nil, fmt.Errorf("list the credentials: n8n at %s has more than %d pages of them", c.base, maxPages)
}

// SetHeader replaces the content of the credential: from the next execution on, it sends the header
// with this value. It may be repeated.
func (c *Client) SetHeader(ctx context.Context, cred Credential, header string, value secret.Value) error {
	if strings.HasPrefix(value.Reveal(), "=") {
		return fmt.Errorf("change the credential %q: the token begins with =, which n8n takes for an expression: "+
			"rotate to another one", cred.Name)
	}
	type data struct {
		Name  string `json:"name"` // both: a missing one would be gone
		Value string `json:"value"`
	}
	body := struct {
		Data data `json:"data"`
	}{data{header, value.Reveal()}}
	var changed Credential
	if err := c.call(ctx, fmt.Sprintf("change the credential %q", cred.Name), http.MethodPatch, "credentials/"+
		url.PathEscape(cred.ID), body, &changed); err != nil {
		return err
	}
	if changed.ID != cred.ID {
		return fmt.Errorf("change the credential %q: n8n at %s answers with another credential", cred.Name, c.base)
	}
	return nil
}
