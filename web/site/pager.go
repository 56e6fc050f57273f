package site

import (
	"strconv"

	"github.com/labstack/echo/v4"
)

// pageSize is the number of entries per page.
const pageSize = 8

// maxPage is the last page that is served, because nobody pages further.
const maxPage = 10_000

// pager links the pages of a list. Links to missing pages are empty.
type pager struct {
	Newer, Next string
}

// pageNumber returns the requested page number, counted from 1.
func pageNumber(c echo.Context) int {
	n, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil || n < 1 || n > maxPage {
		return 1
	}
	return n
}

// paginate removes the extra row, whose presence means that there is a next page.
func paginate[T any](rows []T, path string, page int) ([]T, pager) {
	more := len(rows) > pageSize
	return rows[:min(len(rows), pageSize)], pagerAt(path, page, more)
}

// pagerAt returns the pager of a page of the list at path; more means that another page follows.
func pagerAt(path string, page int, more bool) pager {
	var p pager
	if more {
		p.Next = path + "?page=" + strconv.Itoa(page+1)
	}
	switch {
	case page == 2:
		p.Newer = path
	case page > 2:
		p.Newer = path + "?page=" + strconv.Itoa(page-1)
	}
	return p
}
