import type { IDataObject, INodePropertyOptions } from 'n8n-workflow';

/** The types of events for the parameter of the trigger. */
export const eventTypes: INodePropertyOptions[] = [
	{ name: 'All Events', value: '*', description: 'Every type, also those of later versions' },
	{ name: 'Announcement Published', value: 'announcement.published' },
	{ name: 'Backup Failed', value: 'backup.failed' },
	{ name: 'Event Cancelled', value: 'event.cancelled' },
	{ name: 'Event Published', value: 'event.published' },
	{ name: 'Event Upcoming', value: 'event.upcoming', description: 'Some time before its start' },
	{ name: 'Event Updated', value: 'event.updated', description: 'Its start, end or place has moved' },
	{ name: 'Iqama Times Change', value: 'prayer.iqama_changes' },
	{ name: 'Message Sent', value: 'message.sent' },
	{ name: 'N8n Silent', value: 'n8n.silent', description: 'A workflow no longer fetches its changes' },
	{ name: 'Ping', value: 'ping', description: 'Somebody tests the connection' },
	{ name: 'Prayer Times Updated', value: 'prayer.updated' },
	{ name: 'Security Alert', value: 'security.alert' },
	{ name: 'Subscriber Asked for Confirmation', value: 'subscriber.confirmation' },
	{ name: 'Subscriber Asked for Link', value: 'subscriber.link' },
	{ name: 'Subscriber Joined', value: 'subscriber.joined' },
	{ name: 'Subscriber Left', value: 'subscriber.left' },
	{ name: 'Subscriber Updated', value: 'subscriber.updated' },
];

/** The body of a webhook. */
export interface Event {
	id: string;
	type: string;
	time: string;
	attempt: number;
	data: IDataObject & { mail?: IDataObject; recipients?: IDataObject[] };
}

/**
 * Returns the items of an event: one for each recipient, with the e-mail in it, or one for the
 * event as it came. An event without recipients is one item either way.
 */
export function itemsOf(event: Event, perRecipient: boolean): IDataObject[] {
	if (!perRecipient) return [{ ...event }];
	const { mail, recipients, ...rest } = event.data;
	const { id, type, time, attempt } = event;
	const common = { ...mail, type, webhook_id: id, time, attempt, ...rest };
	const nobody = { email: null, manage_url: null, unsubscribe_url: null };
	return (recipients?.length ? recipients : [nobody]).map((recipient) => ({ ...recipient, ...common }));
}
