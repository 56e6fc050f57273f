// Package e2e starts the real parts that tests use: a Vault server, an n8n, a PostgreSQL, and a
// browser with its accessibility checker. Only tests import it.
//
// .ci/parts installs the parts and sets their paths in NAMETS_VAULTD, NAMETS_N8N, NAMETS_POSTGRES,
// NAMETS_CHROMIUM and NAMETS_AXE. A test whose part is missing skips and says how to get it, and
// with -short it always skips; with NAMETS_E2E=1 a missing part is a failure and -short has no
// effect.
//
// Every server listens on a free port of 127.0.0.1 or on a socket, stores its files in a temporary
// directory, and ends with the test, even if the test is killed. Unix only.
package e2e
