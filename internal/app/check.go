package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"

	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

// Check checks everything that would prevent a process from serving, and changes nothing. It
// returns all problems in one error. Notes are lines about anything unusual that does not prevent
// it.
func Check(ctx context.Context, getenv func(string) string) (cfg *config.Config, notes string, err error) {
	cfg, err = config.Load(getenv, config.Options{Token: true, ValidToken: validToken(ctx, getenv)})
	complaints, _ := errors.AsType[config.Complaints](err)
	if cfg == nil { // the other checks go on with what can be read
		cfg, _ = config.Load(getenv, config.Options{Lenient: true})
	}
	complaints = append(complaints, checkData(ctx, cfg)...)
	complaints = append(complaints, checkPorts(ctx, cfg)...)
	notes, secrets := checkSecrets(ctx, cfg)
	complaints = append(complaints, secrets...)
	if len(complaints) > 0 {
		return cfg, "", complaints
	}
	for _, w := range cfg.Warnings() {
		notes += fmt.Sprintf("Warning: %s\n", w)
	}
	return cfg, notes + resetNote(cfg) + diskNote(cfg) + checkConfirmations(ctx, cfg) + checkDuplicates(ctx, cfg) +
		checkHeld(ctx, cfg) + pendingNote(cfg), nil
}

// checkData checks the data directory and its database.
func checkData(ctx context.Context, cfg *config.Config) config.Complaints {
	open := OpenData
	if _, err := os.Stat(cfg.DataDir); errors.Is(err, fs.ErrNotExist) { // serve makes it, with an empty database
		open = func(cfg *config.Config) (datadir.Dir, error) { return datadir.Planned(cfg.DataDir) }
	}
	dir, err := open(cfg)
	if err != nil {
		return config.Complaints{err.Error()}
	}
	var complaints config.Complaints
	if err := checkMounted(cfg, dir); err != nil {
		complaints = append(complaints, err.Error())
	}
	if _, full := checkDisk(dir); full != "" {
		complaints = append(complaints, full)
	}
	if err := mayBeNew(dir, quietKeeper(cfg, dir)); err != nil {
		return append(complaints, "DATA_DIR: "+err.Error())
	}
	hasUsers := false
	if _, err := os.Stat(dir.Database()); err == nil {
		err := sqlite.Check(ctx, dir.Database())
		if err == nil {
			hasUsers, err = sqlite.HasUsers(ctx, dir.Database())
		}
		if err != nil {
			return append(complaints, "DATA_DIR: "+err.Error())
		}
	}
	if weak := weakPassword(cfg); weak != "" && !hasUsers { // it counts as long as there is no user
		complaints = append(complaints, weak)
	}
	return complaints
}

// checkSecrets asks the token source once and checks the signing key, which may be stored with the
// token. A source that does not respond now does not prevent a start: it is a note. A token in the
// environment was already checked with the configuration.
func checkSecrets(ctx context.Context, cfg *config.Config) (note string, complaints config.Complaints) {
	var source *token.Source
	switch cfg.TokenSource {
	case config.TokenFromFile, config.TokenFromVault:
		provider, err := NewProvider(cfg)
		if err == nil {
			source = token.New(token.Config{Provider: provider, Overlap: cfg.TokenOverlap,
				History: readHistory{cfg.DataDir}})
			err = source.Start(ctx)
		}
		if err != nil {
			return "", config.Complaints{err.Error()}
		}
		note = tokenNote(cfg, source.Status())
	case config.TokenFromEnv:
		set, _ := overlook(ctx, cfg.DataDir, token.Set{}, token.Validate(cfg.Token.Reveal()))
		note = tokenNote(cfg, token.Status{Doubt: set.Doubt})
	}
	if _, err := newSigningKeys(cfg, source, slog.New(slog.DiscardHandler)); err != nil {
		complaints = append(complaints, err.Error())
	}
	return note, complaints
}

// tokenNote describes anything unusual about the token that does not prevent a start.
func tokenNote(cfg *config.Config, s token.Status) string {
	switch {
	case s.LastError != "":
		return fmt.Sprintf("Note: the token source %s gives no token now, and until it does the API lets nobody "+
			"in: %s\n", cfg.TokenSource, s.LastError)
	case s.Doubt != "":
		return fmt.Sprintf("Warning: %s\n", DoubtText(s.Doubt))
	}
	return ""
}

// checkPorts checks whether serve could listen on both addresses. A namets that serves the same
// directory is not a problem.
func checkPorts(ctx context.Context, cfg *config.Config) config.Complaints {
	if dir, err := datadir.Existing(cfg.DataDir); err == nil {
		if holder, serving, _ := dir.Serving(); serving &&
			strings.HasSuffix(holder.Address, ":"+strconv.Itoa(cfg.Port)) {
			return nil
		}
	}
	var complaints config.Complaints
	for _, open := range []func(context.Context, *config.Config) (net.Listener, error){listen, listenMetrics} {
		l, err := open(ctx, cfg)
		if err != nil {
			complaints = append(complaints, err.Error())
		} else if l != nil {
			defer l.Close()
		}
	}
	return complaints
}
