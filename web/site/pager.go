package site

import (
	"strconv"

	"github.com/labstack/echo/v4"
)

// pageSize is how many entries a page of a list shows.
const pageSize = 8

// maxPage is the last page that is looked for: what lies behind it nobody pages to.
const maxPage = 10_000

// pager leads through a list of many pages. Its links are empty where there is no page.
type pager struct {
	Newer, Next string
}

// pageNumber returns the number of the page that is asked for, from 1.
func pageNumber(c echo.Context) int {
	n, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil || n < 1 || n > maxPage {
		return 1
	}
	return n
}

// paginate takes the one entry too many off rows, which says that there is a next page.
func paginate[T any](rows []T, path string, page int) ([]T, pager) {
	more := len(rows) > pageSize
	return rows[:min(len(rows), pageSize)], pagerAt(path, page, more)
}

// pagerAt returns the pager of a page of the list at path; more says that another one follows.
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
