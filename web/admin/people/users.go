package people

import (
	"context"
	"net/http"
	"strconv"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/web/admin/page"
)

// userStore reads and changes users.
type userStore interface {
	// Users returns all users by name.
	Users(context.Context) ([]namets.User, error)
	// User returns a user. Errors: NotFound.
	User(ctx context.Context, id int64) (namets.User, error)
	// ChangeRole and DeleteUser return Conflict if no owner who can sign in would remain.
	ChangeRole(ctx context.Context, by namets.Actor, id int64, role namets.Role) error
	DeleteUser(ctx context.Context, by namets.Actor, id int64) error
}

// usersPage lists the users, with a form to add one.
type usersPage struct {
	page.Base
	Users      []userRow
	Faults     []page.Fault
	Name, Role page.Field
}

// userRow is a user in a list.
type userRow struct {
	namets.User
	LastSeen *page.When // time of the last sign-in; nil: never
	Self     bool
}

func (a *Admin) userRow(v *page.Visit, u namets.User) userRow {
	return userRow{u, v.WhenIf(u.LastSignIn), u.ID == v.User.ID}
}

func (a *Admin) usersPage(v *page.Visit) (*usersPage, error) {
	users, err := a.store.Users(v.Request().Context())
	p := &usersPage{Base: v.Page("Users")}
	for _, u := range users {
		p.Users = append(p.Users, a.userRow(v, u))
	}
	p.Name = page.Field{Name: "name", Label: "Name", Value: v.FormValue("name"), Required: true, Max: 40,
		Hint: "The name that the committee uses for this person. Not an e-mail address."}
	role := namets.Role(v.FormValue("role"))
	if !role.Valid() {
		role = namets.Editor
	}
	p.Role = roleField(role)
	return p, err
}

// roleField is the select for a role.
func roleField(selected namets.Role) page.Field {
	return page.Field{Name: "role", Label: "Role", Brief: true, Options: page.Options(selected, namets.Roles()),
		Hint: "A viewer sees everything except addresses. An editor also changes content and subscribers. An " +
			"owner may do everything."}
}

func (a *Admin) users(v *page.Visit) error {
	p, err := a.usersPage(v)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "users", p)
}

// linkPage shows, once, the link with which a user sets a password.
type linkPage struct {
	page.Base
	Name, Link string
	Lead       string
	Back       string
}

func showLink(v *page.Visit, name, lead, secret, back string) error {
	return v.Render(http.StatusOK, "link", &linkPage{
		Base: v.Page("A link for " + name), Name: name, Lead: lead, Link: v.PublicURL() + WelcomePath +
			secret, Back: back,
	})
}

func (a *Admin) addUser(v *page.Visit) error {
	name, role := v.Text("name"), namets.Role(v.FormValue("role"))
	var secret string
	err := error(&namets.Error{Code: namets.Invalid, Field: "role", Message: "is not in the list"})
	if role.Valid() {
		secret, err = a.cfg.Accounts.Invite(v.Request().Context(), v.Actor(), name, role)
	}
	if err == nil {
		return showLink(v, name, "The user is added.", secret, "/admin/users")
	}
	p, pageErr := a.usersPage(v)
	if pageErr != nil {
		return pageErr
	}
	if p.Faults = page.Blame(err, &p.Name, &p.Role); p.Faults == nil {
		return err
	}
	return v.Render(http.StatusUnprocessableEntity, "users", p)
}

// userPage is one user, with the actions of an owner.
type userPage struct {
	page.Base
	Of       userRow
	Created  page.When
	Sessions []sessionRow
	Role     page.Field
}

// userOf returns the user of the path. Errors: NotFound.
func (a *Admin) userOf(v *page.Visit) (namets.User, error) {
	id, err := v.ID()
	if err != nil {
		return namets.User{}, err
	}
	return a.store.User(v.Request().Context(), id)
}

func userPath(id int64) string { return "/admin/users/" + strconv.FormatInt(id, 10) }

func (a *Admin) user(v *page.Visit) error {
	user, err := a.userOf(v)
	if err != nil {
		return err
	}
	p := &userPage{Base: v.Page(user.Name), Of: a.userRow(v, user), Created: v.When(user.CreatedAt),
		Role: roleField(user.Role)}
	if p.Sessions, err = a.sessionRows(v, user.ID); err != nil {
		return err
	}
	return v.Render(http.StatusOK, "user", p)
}

func (a *Admin) changeRole(v *page.Visit) error {
	user, err := a.userOf(v)
	if err != nil {
		return err
	}
	role := namets.Role(v.FormValue("role"))
	if !role.Valid() {
		return v.Failed(userPath(user.ID), "The role is not in the list.")
	}
	err = a.store.ChangeRole(v.Request().Context(), v.Actor(), user.ID, role)
	if namets.CodeOf(err) == namets.Conflict {
		return v.Failed(userPath(user.ID), "The role must stay: nobody else can sign in as an owner.")
	}
	if err != nil {
		return err
	}
	if user.ID == v.User.ID {
		return v.Done("/admin/", "Your role is "+string(role)+" now.")
	}
	return v.Done(userPath(user.ID), user.Name+" has the role "+string(role)+" now.")
}

// resetUser removes a password and makes a link for a new one. Owners change their own on their own
// page.
func (a *Admin) resetUser(v *page.Visit) error {
	user, err := a.userOf(v)
	if err != nil {
		return err
	}
	if user.ID == v.User.ID {
		return v.Failed("/admin/account", "Change your own password here.")
	}
	if !confirms(v, user) {
		return otherUser(v, user)
	}
	secret, err := a.cfg.Accounts.Reset(v.Request().Context(), v.Actor(), user.ID, auth.InviteLife)
	if err != nil {
		return err
	}
	return showLink(v, user.Name, "The old password no longer works, and all sessions have ended.", secret,
		userPath(user.ID))
}

// confirms reports whether the form names the user. An id alone could be that of another user by
// mistake.
func confirms(v *page.Visit, user namets.User) bool { return v.FormValue("name") == user.Name }

// otherUser responds to a form that names another user than its path.
func otherUser(v *page.Visit, user namets.User) error {
	return v.Failed(userPath(user.ID), "Nothing was changed: the form belongs to another user.")
}

func (a *Admin) signOutUser(v *page.Visit) error {
	user, err := a.userOf(v)
	if err != nil {
		return err
	}
	if v.FormValue("sessions") != allSessions {
		return v.Failed(userPath(user.ID), "Nobody was signed out: the form does not confirm that it is "+
			"about all sessions.")
	}
	if err := a.store.DeleteSessions(v.Request().Context(), v.Actor(), user.ID); err != nil {
		return err
	}
	if user.ID == v.User.ID {
		a.cfg.Sessions.Forget(v.Context)
		return v.Done(page.LoginPath, "You are signed out in all browsers.")
	}
	return v.Done(userPath(user.ID), user.Name+" is signed out in all browsers.")
}

func (a *Admin) confirmDeleteUser(v *page.Visit) error {
	user, err := a.userOf(v)
	if err != nil {
		return err
	}
	return v.Confirm("Delete "+user.Name, page.Confirmation{
		Lead:   "This user can no longer sign in.",
		Facts:  []string{"All sessions of this user end.", "What this user has done stays in the activity log."},
		Action: userPath(user.ID) + "/delete", Hidden: []page.Hidden{{Name: "name", Value: user.Name}},
		Button: "Delete this user", Danger: true, Back: userPath(user.ID),
	})
}

func (a *Admin) deleteUser(v *page.Visit) error {
	user, err := a.userOf(v)
	if err != nil {
		return err
	}
	if !confirms(v, user) {
		return otherUser(v, user)
	}
	err = a.store.DeleteUser(v.Request().Context(), v.Actor(), user.ID)
	if namets.CodeOf(err) == namets.Conflict {
		return v.Failed(userPath(user.ID), "This user must stay: nobody else can sign in as an owner.")
	}
	if err != nil {
		return err
	}
	if user.ID == v.User.ID {
		a.cfg.Sessions.Forget(v.Context)
		return v.Done(page.LoginPath, "Your user is deleted.")
	}
	return v.Done("/admin/users", user.Name+" is deleted.")
}
