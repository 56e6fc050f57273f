package api

import _ "embed" // for the contract

//go:embed CONTRACT.md
var contract string

// Contract returns the text of CONTRACT.md, as Markdown.
func Contract() string { return contract }
