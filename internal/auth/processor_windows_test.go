package auth_test

import "time"

// processorTime returns the time of a clock, because the processor time of a process is too coarse
// here.
func processorTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
