import { choice, collection, flag, member, needed } from './fields';
import type { Resource } from './operation';
import { idOf, operationsOf, type Rows, write } from './rows';

const key = member('Key', 'key', { description: 'Your own key of the row' });
const slug = member('URL Name', 'slug', { description: 'The last part of its address; made from the title if absent' });
const title = needed('Title', 'title');
const updatedSince = member('Updated Since', 'updated_since', { type: 'dateTime' });
const search = member('Search', 'q', { description: 'Words that the row contains' });
const sendEmail = flag('Send Email', 'send_email', 'to send it to everyone who wants such news; the token needs the scope send');

const announcements: Rows = {
	path: '/announcements',
	one: 'announcement',
	many: 'announcements',
	by: 'key',
	notifies: true,
	needs: [title, needed('Content', 'content', { typeOptions: { rows: 4 } })],
	members: [
		choice('Category', 'category', ['general', 'ramadan', 'taaleem', 'sale']),
		member('Expire At', 'expire_at', { type: 'dateTime' }),
		flag('Pinned', 'is_pinned', 'it comes first'),
		member('Publish At', 'publish_at', { type: 'dateTime', description: 'Now by default' }),
		sendEmail,
		choice('Status', 'status', ['published', 'draft']),
		slug,
	],
	filters: [choice('Status', 'status', ['published', 'draft', 'scheduled', 'expired']), search, updatedSince],
};

const events: Rows = {
	path: '/events',
	one: 'event',
	many: 'events',
	by: 'key',
	notifies: true,
	needs: [
		title,
		needed('Start', 'start_datetime', { type: 'dateTime' }),
		needed('End', 'end_datetime', { type: 'dateTime' }),
	],
	members: [
		member('Category ID', 'category_id', { type: 'number', default: 0 }),
		member('Description', 'description', { typeOptions: { rows: 4 } }),
		flag('Featured', 'is_featured', 'it is shown first'),
		member('Location', 'location'),
		sendEmail,
		choice('Status', 'status', ['published', 'draft', 'cancelled']),
		slug,
	],
	filters: [
		member('From', 'from', { type: 'dateTime', description: 'The earliest start' }),
		search,
		choice('Status', 'status', ['published', 'draft', 'cancelled', 'expired']),
		member('To', 'to', { type: 'dateTime', description: 'The latest start' }),
		updatedSince,
	],
};

const categories: Rows = {
	path: '/categories',
	one: 'category',
	many: 'categories',
	by: 'key',
	fixed: true,
	needs: [needed('Name', 'name')],
	members: [member('Description', 'description'), slug],
	filters: [search, updatedSince],
};

const patrons: Rows = {
	path: '/patrons',
	one: 'patron',
	many: 'patrons',
	by: 'key',
	needs: [needed('Name', 'name')],
	members: [
		flag('Active', 'is_active', 'the patron is shown'),
		member('Biography', 'bio', { typeOptions: { rows: 4 } }),
		member('Designation', 'designation'),
		member('Email', 'email', { placeholder: 'name@email.com' }),
		member('Order', 'hierarchy_order', { type: 'number', default: 0 }),
		flag('Receive Notifications', 'receive_notifications', 'the patron gets e-mails'),
	],
	filters: [search, updatedSince],
};

/** The resources that the committee publishes. */
export const content: Resource[] = [
	{ name: 'Announcement', value: 'announcement', operations: operationsOf(announcements) },
	{ name: 'Category', value: 'category', operations: operationsOf(categories) },
	{
		name: 'Event',
		value: 'event',
		operations: [
			...operationsOf(events),
			{
				name: 'Cancel',
				value: 'cancel',
				action: 'Cancel an event',
				description: 'Cancel it: its page says so, and workflows are told',
				fields: (operationsOf(events).find(({ value }) => value === 'update')?.fields ?? []).filter(({ name }) => name !== 'fields'),
				each: async (c, i) => await write(c, i, 'PATCH', `/events/${await idOf(c, i, events)}`, { status: 'cancelled' }),
			},
		],
	},
	{ name: 'Patron', value: 'patron', operations: operationsOf(patrons) },
];

const revision = member('Revision', 'revision', { description: 'Refuse the change unless the row still has this revision' });

/** The options of a write of a day's prayer times, and of their deletion. */
export const dayOptions = collection('Options', 'options', [
	{ ...flag('Notify', 'notify', 'to tell people and workflows of the change'), default: true },
	revision,
]);
export const deletionOptions = collection('Options', 'options', [revision]);

export { key, sendEmail, updatedSince, search };
