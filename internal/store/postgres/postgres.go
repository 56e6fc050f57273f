// Package postgres contains the finished parts of the engine for PostgreSQL: the tables, with which
// the checks prove that the statements of the store run there, and the dialect. The program cannot
// use PostgreSQL yet and does not link this package.
package postgres

import "embed"

// Migrations are the steps that create the tables, in the order of their names in migration/.
//
//go:embed migration/*.sql
var Migrations embed.FS
