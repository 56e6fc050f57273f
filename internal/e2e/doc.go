// Package e2e starts the real parts that tests talk to: a Vault server, an n8n,
// a PostgreSQL, and a browser with its accessibility checker. Only tests import it.
//
// .ci/parts brings the parts and says where they are in NAMETS_VAULTD,
// NAMETS_N8N, NAMETS_POSTGRES, NAMETS_CHROMIUM and NAMETS_AXE; without these variables they are
// looked for in the cache folder that .ci/parts fills. A test whose part is missing skips
// and says how to get it, and with -short it always skips; with NAMETS_E2E=1 a
// missing part is a failure and -short changes nothing.
//
// Every server listens on a free port of 127.0.0.1 or on a socket, keeps its files in a
// temporary directory, and dies with the test, also when the test is killed. Unix only.
package e2e
