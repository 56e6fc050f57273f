package admin

import (
	"context"
	"net/http"
	"strconv"

	"namets/internal/auth"
	"namets/internal/namets"
)

// userStore is what the pages about users read and change.
type userStore interface {
	// Users returns all users by name.
	Users(context.Context) ([]namets.User, error)
	// User returns one. Errors: NotFound.
	User(ctx context.Context, id int64) (namets.User, error)
	// ChangeRole and DeleteUser refuse, with a Conflict, what leaves no owner who can sign in.
	ChangeRole(ctx context.Context, by namets.Actor, id int64, role namets.Role) error
	DeleteUser(ctx context.Context, by namets.Actor, id int64) error
}

// usersPage lists who may sign in, and adds somebody.
type usersPage struct {
	page
	Users      []userRow
	Faults     []fault
	Name, Role field
}

// userRow is a user as pages show one.
type userRow struct {
	namets.User
	LastSeen *when // the last sign-in; nil: never
	Self     bool
}

func (v *visit) userRow(u namets.User) userRow {
	return userRow{u, v.whenIf(u.LastSignIn), u.ID == v.User.ID}
}

func (v *visit) usersPage() (*usersPage, error) {
	users, err := v.admin.store.Users(v.Request().Context())
	p := &usersPage{page: v.page("Users")}
	for _, u := range users {
		p.Users = append(p.Users, v.userRow(u))
	}
	p.Name = field{Name: "name", Label: "Name", Value: v.FormValue("name"), Required: true, Max: 40,
		Hint: "As the committee calls this person. Not an e-mail address."}
	role := namets.Role(v.FormValue("role"))
	if !role.Valid() {
		role = namets.Editor
	}
	p.Role = roleField(role)
	return p, err
}

// roleField is the choice of a role.
func roleField(selected namets.Role) field {
	return field{Name: "role", Label: "Role", Brief: true, Options: options(selected, namets.Roles()),
		Hint: "A viewer sees everything but addresses. An editor also changes content and subscribers. An owner " +
			"may do everything."}
}

func (a *Admin) users(v *visit) error {
	p, err := v.usersPage()
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "users", p)
}

// linkPage shows, once, the link by which a user chooses a password.
type linkPage struct {
	page
	Name, Link string
	Lead       string
	Back       string
}

func (v *visit) showLink(name, lead, secret, back string) error {
	return v.render(http.StatusOK, "link", &linkPage{
		page: v.page("A link for " + name), Name: name, Lead: lead, Link: v.admin.cfg.PublicURL + WelcomePath +
			secret, Back: back,
	})
}

func (a *Admin) addUser(v *visit) error {
	name, role := v.text("name"), namets.Role(v.FormValue("role"))
	var secret string
	err := error(&namets.Error{Code: namets.Invalid, Field: "role", Message: "is none of those in the list"})
	if role.Valid() {
		secret, err = a.cfg.Accounts.Invite(v.Request().Context(), v.actor(), name, role)
	}
	if err == nil {
		return v.showLink(name, "The user is added.", secret, "/admin/users")
	}
	p, pageErr := v.usersPage()
	if pageErr != nil {
		return pageErr
	}
	if p.Faults = blame(err, &p.Name, &p.Role); p.Faults == nil {
		return err
	}
	return v.render(http.StatusUnprocessableEntity, "users", p)
}

// userPage is one user, with what an owner can do about one.
type userPage struct {
	page
	Of       userRow
	Created  when
	Sessions []sessionRow
	Role     field
}

// theUser returns the user that the path names. Errors: NotFound.
func (v *visit) theUser() (namets.User, error) {
	id, err := v.id()
	if err != nil {
		return namets.User{}, err
	}
	return v.admin.store.User(v.Request().Context(), id)
}

// id returns the number in the path. Errors: NotFound.
func (v *visit) id() (int64, error) {
	id, err := strconv.ParseInt(v.Param("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, &namets.Error{Code: namets.NotFound, Message: "there is no such page"}
	}
	return id, nil
}

func userPath(id int64) string { return "/admin/users/" + strconv.FormatInt(id, 10) }

func (a *Admin) user(v *visit) error {
	user, err := v.theUser()
	if err != nil {
		return err
	}
	p := &userPage{page: v.page(user.Name), Of: v.userRow(user), Created: v.when(user.CreatedAt),
		Role: roleField(user.Role)}
	if p.Sessions, err = v.sessionRows(user.ID); err != nil {
		return err
	}
	return v.render(http.StatusOK, "user", p)
}

func (a *Admin) changeRole(v *visit) error {
	user, err := v.theUser()
	if err != nil {
		return err
	}
	role := namets.Role(v.FormValue("role"))
	if !role.Valid() {
		return v.failed(userPath(user.ID), "The role is none of those in the list.")
	}
	err = a.store.ChangeRole(v.Request().Context(), v.actor(), user.ID, role)
	if namets.CodeOf(err) == namets.Conflict {
		return v.failed(userPath(user.ID), "The role must stay: nobody else can sign in as an owner.")
	}
	if err != nil {
		return err
	}
	if user.ID == v.User.ID {
		return v.done("/admin/", "Your role is "+string(role)+" now.")
	}
	return v.done(userPath(user.ID), user.Name+" has the role "+string(role)+" now.")
}

// resetUser takes a password away. Owners change their own on their own page.
func (a *Admin) resetUser(v *visit) error {
	user, err := v.theUser()
	if err != nil {
		return err
	}
	if user.ID == v.User.ID {
		return v.failed("/admin/account", "Change your own password here.")
	}
	if !v.means(user) {
		return v.otherUser(user)
	}
	secret, err := a.cfg.Accounts.Reset(v.Request().Context(), v.actor(), user.ID, auth.InviteLife)
	if err != nil {
		return err
	}
	return v.showLink(user.Name, "The old password does not work any more, and all sessions have ended.", secret,
		userPath(user.ID))
}

// means reports whether the form names the user: an id alone is too easily another one's.
func (v *visit) means(user namets.User) bool { return v.FormValue("name") == user.Name }

// otherUser answers a form that names another user than its address.
func (v *visit) otherUser(user namets.User) error {
	return v.failed(userPath(user.ID), "Nothing was done: the form was about another user than this one.")
}

func (a *Admin) signOutUser(v *visit) error {
	user, err := v.theUser()
	if err != nil {
		return err
	}
	if v.FormValue("sessions") != allSessions {
		return v.failed(userPath(user.ID), "Nobody was signed out: the form does not say that it is "+
			"about all sessions.")
	}
	if err := a.store.DeleteSessions(v.Request().Context(), v.actor(), user.ID); err != nil {
		return err
	}
	if user.ID == v.User.ID {
		a.cfg.Sessions.Forget(v.Context)
		return v.done(loginPath, "You are signed out in all browsers.")
	}
	return v.done(userPath(user.ID), user.Name+" is signed out in all browsers.")
}

func (a *Admin) confirmDeleteUser(v *visit) error {
	user, err := v.theUser()
	if err != nil {
		return err
	}
	return v.confirm("Delete "+user.Name, confirmation{
		Lead:   "This user can not sign in any more.",
		Facts:  []string{"All sessions of this user end.", "What this user has done stays in the activity."},
		Action: userPath(user.ID) + "/delete", Hidden: []hidden{{"name", user.Name}}, Button: "Delete this user",
		Danger: true, Back: userPath(user.ID),
	})
}

func (a *Admin) deleteUser(v *visit) error {
	user, err := v.theUser()
	if err != nil {
		return err
	}
	if !v.means(user) {
		return v.otherUser(user)
	}
	err = a.store.DeleteUser(v.Request().Context(), v.actor(), user.ID)
	if namets.CodeOf(err) == namets.Conflict {
		return v.failed(userPath(user.ID), "This user must stay: nobody else can sign in as an owner.")
	}
	if err != nil {
		return err
	}
	if user.ID == v.User.ID {
		a.cfg.Sessions.Forget(v.Context)
		return v.done(loginPath, "Your user is deleted.")
	}
	return v.done("/admin/users", user.Name+" is deleted.")
}
