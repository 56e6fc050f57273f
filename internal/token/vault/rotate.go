package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"namets/internal/secret"
	"namets/internal/token"
)

// maxWrites is how often a write is repeated after a conflicting write of somebody else.
const maxWrites = 5

// Rotate implements [token.Rotator]: it writes next into the secret and leaves its other keys
// unchanged. Now adds revoke_previous to the secret, which ends every overlap at once; without it
// the key is removed. With KV version 2 it writes with check-and-set, so that no concurrent write
// is lost. Version 1 has no check-and-set: there it reads and then writes. ErrConfig means that
// Vault does not allow it.
func (p *Provider) Rotate(ctx context.Context, next secret.Value, o token.RotateOptions) (token.Rotation, error) {
	next, err := token.Parse(next.Reveal())
	if err != nil {
		return token.Rotation{}, err
	}
	if err := p.lock(ctx); err != nil {
		return token.Rotation{}, p.failure(token.ErrUnavailable, "write", err)
	}
	defer p.unlock()
	for range maxWrites {
		old, err := p.read(ctx)
		if err != nil {
			return token.Rotation{}, err
		}
		a, err := p.write(ctx, old, p.rotated(old.data, next, o))
		if err != nil {
			return token.Rotation{}, p.unwritten(err, next)
		}
		switch {
		case a.status == http.StatusOK || a.status == http.StatusNoContent:
			return token.Rotation{Version: writtenVersion(a), Created: old.state != present, Alone: o.Now}, nil
		case a.status == http.StatusBadRequest && p.at.version == 2:
			if now, err := p.read(ctx); err == nil && now.version == old.version && now.created.Equal(old.created) {
				return token.Rotation{}, p.refused(a)
			} // else somebody has written meanwhile: again on top of that
		default:
			return token.Rotation{}, p.unwrittenStatus(a, next)
		}
	}
	return token.Rotation{}, p.failure(token.ErrUnavailable,
		"write", fmt.Errorf("somebody else wrote it %d times meanwhile", maxWrites))
}

// rotated returns the secret's data with the new token.
func (p *Provider) rotated(data map[string]any, next secret.Value, o token.RotateOptions) map[string]any {
	data = maps.Clone(data)
	if data == nil {
		data = map[string]any{}
	}
	data[p.field] = next.Reveal()
	delete(data, revokingField)
	if o.Now {
		data[revokingField] = true
	}
	return data
}

func (p *Provider) write(ctx context.Context, old content, data map[string]any) (answer, error) {
	body := data
	if p.at.version == 2 {
		body = map[string]any{"data": data, "options": map[string]any{"cas": old.version}}
	}
	return p.link.call(ctx, p.session.token, http.MethodPut, p.at.api(), body)
}

func writtenVersion(a answer) string {
	number, _ := a.Data["version"].(json.Number)
	version, _ := number.Int64()
	written, _ := a.Data["created_time"].(string)
	created, _ := time.Parse(time.RFC3339Nano, written)
	return versionName(version, created)
}

// refused is the error of a write that Vault refused.
func (p *Provider) refused(a answer) error {
	if a.status == http.StatusForbidden {
		return p.failure(token.ErrConfig, "write", fmt.Errorf("403: nothing was written; the policy needs: %s",
			p.policy(`"create", "read", "update"`)))
	}
	return p.failure(token.ErrConfig, "write", fmt.Errorf("%d: nothing was written: vault does not take the secret",
		a.status))
}

func (p *Provider) unwrittenStatus(a answer, next secret.Value) error {
	switch {
	case a.status == http.StatusTooManyRequests:
		return p.failure(token.ErrUnavailable, "write", errors.New("nothing was written: "+meaning(a.status)))
	case a.status >= http.StatusInternalServerError:
		return p.unwritten(&outage{text: meaning(a.status), sent: true}, next)
	}
	return p.refused(a)
}

// unwritten is the error of a write without a response.
func (p *Provider) unwritten(err error, next secret.Value) error {
	if o, ok := errors.AsType[*outage](err); ok && !o.sent {
		return p.failure(token.ErrUnavailable, "write", fmt.Errorf("nothing was written: %w", err))
	}
	return p.failure(token.ErrUnavailable,
		"write", fmt.Errorf("%w (fingerprint %s): see with namets token check which one is stored, or rotate "+
			"again, which does no harm: %w", token.ErrUncertain, next.Fingerprint(), err))
}
