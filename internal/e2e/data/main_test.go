package data_test

import (
	"os"
	"testing"

	"namets/internal/e2e/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
