package auth

import (
	"context"
	"log/slog"
	"time"

	"namets/internal/namets"
	"namets/internal/token"
)

// How often the use of named tokens is written, and how long the last write may take: a service
// that was told to stop has little time.
const (
	useInterval  = time.Minute
	lastUseLimit = time.Second
)

// tokenUse is the use of a named token since the start of the process.
type tokenUse struct {
	token.Use
	written int64 // guarded by NamedTokens.mu: the requests that the store has counted
}

// useLocked returns the use of the token with the id.
func (n *NamedTokens) useLocked(id int64) *tokenUse {
	if n.uses[id] == nil {
		n.uses[id] = new(tokenUse)
	}
	return n.uses[id]
}

// unwritten returns the uses that are not in the store, by the id of the token.
func (n *NamedTokens) unwritten() map[int64]namets.APITokenUse {
	n.mu.Lock()
	defer n.mu.Unlock()
	uses := map[int64]namets.APITokenUse{}
	for id, u := range n.uses {
		if more := u.Requests() - u.written; more > 0 {
			last := u.Last()
			use := namets.APITokenUse{Count: more, Last: &last}
			use.Address, use.UserAgent = u.Client()
			uses[id] = use
		}
	}
	return uses
}

// writeUses adds the uses since the last call to the store.
func (n *NamedTokens) writeUses(ctx context.Context) error {
	uses := n.unwritten()
	if len(uses) == 0 {
		return nil
	}
	if err := n.store.AddAPITokenUses(ctx, uses); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, use := range uses {
		n.uses[id].written += use.Count
	}
	return nil
}

// Tokens returns all tokens as [store.DB.APITokens] does, with their use until now.
func (n *NamedTokens) Tokens(ctx context.Context) ([]namets.APIToken, error) {
	list, err := n.store.APITokens(ctx)
	uses := n.unwritten()
	for i := range list {
		if more, used := uses[list[i].ID]; used {
			more.Count += list[i].Used.Count
			list[i].Used = more
		}
	}
	return list, err
}

// Requests returns the number of requests with each named token since the start, by its id.
func (n *NamedTokens) Requests() map[int64]int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	counts := map[int64]int64{}
	for id, u := range n.uses {
		counts[id] = u.Requests()
	}
	return counts
}

// Run writes the use of the tokens and ends those that have expired, every minute until ctx ends,
// and then writes the use once more.
func (n *NamedTokens) Run(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(useInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastUseLimit)
			defer cancel()
			return n.writeUses(last)
		case <-tick.C:
		}
		if _, err := n.store.EndExpiredAPITokens(ctx); err != nil && ctx.Err() == nil {
			log.Error("expired API tokens cannot be ended: they are refused, but what belongs to them goes on",
				"error", err)
		}
		if err := n.writeUses(ctx); err != nil && ctx.Err() == nil {
			log.Error("the use of API tokens cannot be written; it is counted until it can", "error", err)
		}
	}
}
