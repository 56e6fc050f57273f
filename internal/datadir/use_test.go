package datadir_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"namets/internal/datadir"
)

func TestUse_isSharedAndAloneIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openDir(t, t.TempDir())
		first, err := d.Use(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		second, err := d.Use(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now() // virtual
		if _, err := d.Alone(t.Context()); !errors.Is(err, datadir.ErrBusy) || time.Since(began) != 10*time.Second {
			t.Errorf("Alone while others use it: %v after %v", err, time.Since(began))
		}
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := d.Alone(impatient); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Alone until its context ends: %v", err)
		}
		time.AfterFunc(time.Second, func() { _ = errors.Join(first.Release(), second.Release()) })
		alone, err := d.Alone(t.Context())
		if err != nil {
			t.Fatalf("Alone once the others have ended: %v", err)
		}
		if _, err := d.Use(t.Context()); !errors.Is(err, datadir.ErrBusy) {
			t.Errorf("Use while somebody is alone: %v", err)
		}
		if err := alone.Release(); err != nil {
			t.Error(err)
		}
	})
	missing := datadir.At(t.TempDir() + "/missing")
	if _, err := missing.Use(t.Context()); err == nil || errors.Is(err, datadir.ErrBusy) {
		t.Errorf("Use of a directory that is missing: %v", err)
	}
}
