//go:build unix

package e2e

import "syscall"

// ownGroup starts a program in its own process group.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
