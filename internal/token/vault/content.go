package vault

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"namets/internal/secret"
	"namets/internal/token"
)

// set returns the token set of an existing secret. Its error wraps [token.ErrConfig] or
// [token.ErrInvalid].
func (p *Provider) set(c content) (token.Set, error) {
	value, there := c.data[p.field]
	if !there {
		return token.Set{}, fmt.Errorf("%w: the secret has no key %s: write it, or fix VAULT_KV_FIELD",
			token.ErrConfig, p.field)
	}
	text, err := textOf(p.field, value)
	if err != nil {
		return token.Set{}, err
	}
	set := token.Set{Version: versionName(c.version, c.created), Created: c.created}
	if set.SigningSecret, err = signingSecret(c.data); err != nil {
		return token.Set{}, err
	}
	if set.RevokePrevious, err = revokePrevious(c.data); err != nil {
		return token.Set{}, err
	}
	if set.Token, err = token.Parse(text); err != nil {
		return token.Set{}, fmt.Errorf("key %s: %w", p.field, token.Doubted(err, set))
	}
	return set, nil
}

func signingSecret(data map[string]any) (secret.Value, error) {
	value := data[signingField]
	if value == nil {
		return secret.Value{}, nil
	}
	text, err := textOf(signingField, value)
	if err != nil {
		return secret.Value{}, err
	}
	return secret.New(strings.TrimSpace(text)), nil
}

func textOf(key string, value any) (string, error) {
	text, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("%w: key %s: its value is not a text in quotes", token.ErrInvalid, key)
	}
	return text, nil
}

// revokePrevious also accepts the texts into which "vault kv put" turns true and false.
func revokePrevious(data map[string]any) (bool, error) {
	switch value := data[revokingField].(type) {
	case nil:
		return false, nil
	case bool:
		return value, nil
	case string:
		if yes, err := strconv.ParseBool(strings.TrimSpace(value)); err == nil {
			return yes, nil
		}
	case json.Number:
		if yes, err := strconv.ParseBool(value.String()); err == nil {
			return yes, nil
		}
	}
	return false, fmt.Errorf("%w: key %s: it is neither true nor false", token.ErrInvalid, revokingField)
}

// versionName distinguishes versions even if the metadata was deleted and the numbers started
// again.
func versionName(version int64, created time.Time) string {
	if version == 0 {
		return ""
	}
	return fmt.Sprintf("%d@%s", version, created.Format(time.RFC3339Nano))
}
