package datadir

import "golang.org/x/sys/windows"

// spaceOf returns the space on the volume of path.
func spaceOf(path string) (Space, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return Space{}, err
	}
	var free, total uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, &total, nil); err != nil {
		return Space{}, err
	}
	return Space{Free: int64(free), Total: int64(total)}, nil //nolint:gosec // no volume has 8 EiB
}
