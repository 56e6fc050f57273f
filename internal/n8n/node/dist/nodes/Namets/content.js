"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.search = exports.updatedSince = exports.sendEmail = exports.key = exports.deletionOptions = exports.dayOptions = exports.content = void 0;
const fields_1 = require("./fields");
const rows_1 = require("./rows");
const key = (0, fields_1.member)('Key', 'key', { description: 'Your own key of the row' });
exports.key = key;
const slug = (0, fields_1.member)('URL Name', 'slug', { description: 'The last part of its address; made from the title if absent' });
const title = (0, fields_1.needed)('Title', 'title');
const updatedSince = (0, fields_1.member)('Updated Since', 'updated_since', { type: 'dateTime' });
exports.updatedSince = updatedSince;
const search = (0, fields_1.member)('Search', 'q', { description: 'Words that the row contains' });
exports.search = search;
const sendEmail = (0, fields_1.flag)('Send Email', 'send_email', 'to send it to everyone who wants such news; the token needs the scope send');
exports.sendEmail = sendEmail;
const announcements = {
    path: '/announcements',
    one: 'announcement',
    many: 'announcements',
    by: 'key',
    notifies: true,
    needs: [title, (0, fields_1.needed)('Content', 'content', { typeOptions: { rows: 4 } })],
    members: [
        (0, fields_1.choice)('Category', 'category', ['general', 'ramadan', 'taaleem', 'sale']),
        (0, fields_1.member)('Expire At', 'expire_at', { type: 'dateTime' }),
        (0, fields_1.flag)('Pinned', 'is_pinned', 'it comes first'),
        (0, fields_1.member)('Publish At', 'publish_at', { type: 'dateTime', description: 'Now by default' }),
        sendEmail,
        (0, fields_1.choice)('Status', 'status', ['published', 'draft']),
        slug,
    ],
    filters: [(0, fields_1.choice)('Status', 'status', ['published', 'draft', 'scheduled', 'expired']), search, updatedSince],
};
const events = {
    path: '/events',
    one: 'event',
    many: 'events',
    by: 'key',
    notifies: true,
    needs: [
        title,
        (0, fields_1.needed)('Start', 'start_datetime', { type: 'dateTime' }),
        (0, fields_1.needed)('End', 'end_datetime', { type: 'dateTime' }),
    ],
    members: [
        (0, fields_1.member)('Category ID', 'category_id', { type: 'number', default: 0 }),
        (0, fields_1.member)('Description', 'description', { typeOptions: { rows: 4 } }),
        (0, fields_1.flag)('Featured', 'is_featured', 'it is shown first'),
        (0, fields_1.member)('Location', 'location'),
        sendEmail,
        (0, fields_1.choice)('Status', 'status', ['published', 'draft', 'cancelled']),
        slug,
    ],
    filters: [
        (0, fields_1.member)('From', 'from', { type: 'dateTime', description: 'The earliest start' }),
        search,
        (0, fields_1.choice)('Status', 'status', ['published', 'draft', 'cancelled', 'expired']),
        (0, fields_1.member)('To', 'to', { type: 'dateTime', description: 'The latest start' }),
        updatedSince,
    ],
};
const categories = {
    path: '/categories',
    one: 'category',
    many: 'categories',
    by: 'key',
    fixed: true,
    needs: [(0, fields_1.needed)('Name', 'name')],
    members: [(0, fields_1.member)('Description', 'description'), slug],
    filters: [search, updatedSince],
};
const patrons = {
    path: '/patrons',
    one: 'patron',
    many: 'patrons',
    by: 'key',
    needs: [(0, fields_1.needed)('Name', 'name')],
    members: [
        (0, fields_1.flag)('Active', 'is_active', 'the patron is shown'),
        (0, fields_1.member)('Biography', 'bio', { typeOptions: { rows: 4 } }),
        (0, fields_1.member)('Designation', 'designation'),
        (0, fields_1.member)('Email', 'email', { placeholder: 'name@email.com' }),
        (0, fields_1.member)('Order', 'hierarchy_order', { type: 'number', default: 0 }),
        (0, fields_1.flag)('Receive Notifications', 'receive_notifications', 'the patron gets e-mails'),
    ],
    filters: [search, updatedSince],
};
exports.content = [
    { name: 'Announcement', value: 'announcement', operations: (0, rows_1.operationsOf)(announcements) },
    { name: 'Category', value: 'category', operations: (0, rows_1.operationsOf)(categories) },
    {
        name: 'Event',
        value: 'event',
        operations: [
            ...(0, rows_1.operationsOf)(events),
            {
                name: 'Cancel',
                value: 'cancel',
                action: 'Cancel an event',
                description: 'Cancel it: its page says so, and workflows are told',
                fields: ((0, rows_1.operationsOf)(events).find(({ value }) => value === 'update')?.fields ?? []).filter(({ name }) => name !== 'fields'),
                each: async (c, i) => await (0, rows_1.write)(c, i, 'PATCH', `/events/${await (0, rows_1.idOf)(c, i, events)}`, { status: 'cancelled' }),
            },
        ],
    },
    { name: 'Patron', value: 'patron', operations: (0, rows_1.operationsOf)(patrons) },
];
const revision = (0, fields_1.member)('Revision', 'revision', { description: 'Refuse the change unless the row still has this revision' });
exports.dayOptions = (0, fields_1.collection)('Options', 'options', [
    { ...(0, fields_1.flag)('Notify', 'notify', 'to tell people and workflows of the change'), default: true },
    revision,
]);
exports.deletionOptions = (0, fields_1.collection)('Options', 'options', [revision]);
