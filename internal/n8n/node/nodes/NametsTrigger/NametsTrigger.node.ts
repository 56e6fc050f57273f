import type {
	IHookFunctions,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { isGenuine } from '../shared/signature';
import { type Event, eventTypes, itemsOf } from './events';
import { hasChanged, isRegistered, known, register, renewSecret, type Slot, unregister } from './hook';

/** Starts a workflow when something happens in namets. */
export class NametsTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Namets Trigger',
		name: 'nametsTrigger',
		icon: { light: 'file:../../icons/namets.svg', dark: 'file:../../icons/namets.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{$parameter["events"].join(", ")}}',
		description: 'Starts the workflow when something happens in namets',
		defaults: { name: 'Namets Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'nametsApi', required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
		properties: [
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				required: true,
				options: eventTypes,
				default: ['announcement.published'],
			},
			{
				displayName: 'Items',
				name: 'items',
				type: 'options',
				options: [
					{
						name: 'One for Each Recipient',
						value: 'recipient',
						description: 'Each item has email, subject, text and html: connect Send Email',
					},
					{ name: 'One for Each Event', value: 'event', description: 'The webhook as it came' },
				],
				default: 'recipient',
			},
			{
				displayName: 'Delivered',
				name: 'acknowledge',
				type: 'options',
				options: [
					{ name: 'When N8n Has Received It', value: '2xx' },
					{
						name: 'When the Workflow Has Reported Every E-Mail',
						value: 'report',
						description:
							'What is not reported is offered again: end the workflow with Namets, Delivery, Report',
					},
				],
				default: '2xx',
				description: 'When namets regards the event as delivered',
			},
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add option',
				default: {},
				options: [
					{
						displayName: 'Before',
						name: 'before',
						type: 'string',
						default: 'PT24H',
						description: 'How long before its start an event is upcoming: an ISO 8601 duration, PT1M to P30D',
					},
					{
						displayName: 'Report Within',
						name: 'reportWithin',
						type: 'string',
						default: 'PT30M',
						description:
							'How long namets waits for the reports until it offers the event again: an ISO 8601 duration, PT30S to PT24H',
					},
				],
			},
		],
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await isRegistered(this, registering(this));
			},
			async create(this: IHookFunctions): Promise<boolean> {
				await register(this, registering(this));
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				const slot = ending(this);
				if (slot !== undefined) await unregister(this, slot);
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const slot = this.getMode() === 'manual' ? 'test' : 'production';
		const remembered = known(this, slot);
		if (!remembered) return await renewed(this, slot);
		const { headers, rawBody } = this.getRequestObject();
		const signed = {
			id: headers['webhook-id'],
			timestamp: headers['webhook-timestamp'],
			signature: headers['webhook-signature'],
			body: rawBody,
		};
		if (!Buffer.isBuffer(rawBody) || !isGenuine(remembered.secret, signed, Date.now())) {
			if (await hasChanged(this, slot)) return await renewed(this, slot);
			return answer(this, 401, 'The signature is not that of this hook, or the request is too old');
		}
		const event = this.getBodyData() as unknown as Event;
		const events = this.getNodeParameter('events') as string[];
		if (event.type === 'ping' && !events.includes('ping') && !events.includes('*')) {
			return answer(this, 200, 'The hook works');
		}
		const perRecipient = this.getNodeParameter('items') === 'recipient';
		return { workflowData: [this.helpers.returnJsonArray(itemsOf(event, perRecipient))] };
	}
}

/** Replaces a secret that is lost here or was replaced in namets, which sends the event again. */
async function renewed(context: IWebhookFunctions, slot: Slot): Promise<IWebhookResponseData> {
	await renewSecret(context, slot);
	return answer(context, 503, 'The secret of this hook is not known and was replaced: please send it again');
}

/** Answers the request without starting the workflow. */
function answer(context: IWebhookFunctions, status: number, message: string): IWebhookResponseData {
	context.getResponseObject().status(status).json({ message });
	return { noWebhookResponse: true };
}

/** Returns the slot of the hook that n8n is about to register. */
function registering(context: IHookFunctions): Slot {
	return context.getActivationMode() === 'manual' ? 'test' : 'production';
}

/**
 * Returns the slot of the hook that n8n wants removed. n8n does not say whether a test ends, but the
 * URL does: a test that failed before it had a hook of its own must not remove the published one.
 */
function ending(context: IHookFunctions): Slot | undefined {
	const url = context.getNodeWebhookUrl('default') as string;
	if (known(context, 'test')?.url === url) return 'test';
	const production = known(context, 'production');
	if (production !== undefined) return production.url === url ? 'production' : undefined;
	return url.includes('/webhook-test/') ? undefined : 'production';
}
