import type { IDataObject, IHookFunctions, IWebhookFunctions, JsonObject } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';
import { createHash } from 'crypto';

import { ask, hasStatus, rowOf } from '../shared/api';

/** What the trigger remembers of a hook that it has registered, in the static data of its node. */
interface Known extends IDataObject {
	key: string;
	url: string;
	secret: string;
	/** When namets last changed the hook; a later time there may mean that the secret is another one. */
	updatedAt: string;
}

type Context = IHookFunctions | IWebhookFunctions;

/** Where the static data keeps a hook: a test and the published workflow have one each. */
export type Slot = 'production' | 'test';

/** Returns what is remembered of the slot's hook. */
export function known(context: Context, slot: Slot): Known | undefined {
	return context.getWorkflowStaticData('node')[slot] as Known | undefined;
}

function remember(context: Context, slot: Slot, hook: Known): void {
	context.getWorkflowStaticData('node')[slot] = hook;
}

/**
 * Returns the key of the slot's hook: always the same for this node of this workflow, so that it
 * finds its hook again when n8n has lost everything else.
 */
export function keyOf(context: Context, slot: Slot): string {
	const readable = `n8n:${context.getWorkflow().id}:${context.getNode().id}`;
	const valid = /^[A-Za-z0-9._~:-]{1,120}$/.test(readable);
	const key = valid ? readable : `n8n:${createHash('sha256').update(readable).digest('hex')}`;
	return slot === 'test' ? `${key}:test` : key;
}

/** Returns what namets has to know of the hook. */
function settings(context: IHookFunctions): IDataObject & { url: string; events: string[] } {
	const options = context.getNodeParameter('options', {}) as IDataObject;
	const events = context.getNodeParameter('events') as string[];
	return {
		url: context.getNodeWebhookUrl('default') as string,
		events: events.includes('*') ? ['*'] : events,
		ack: context.getNodeParameter('acknowledge') as string,
		report_within: (options.reportWithin as string) || 'PT30M',
		before: (options.before as string) || 'PT24H',
	};
}

/**
 * Reports whether namets has the hook as it should be. A hook is registered again when its secret
 * is not known here or may have been replaced there, and when it is paused.
 */
export async function isRegistered(context: IHookFunctions, slot: Slot): Promise<boolean> {
	const remembered = known(context, slot);
	const want = settings(context);
	const key = keyOf(context, slot);
	if (remembered?.key !== key || remembered.url !== want.url) return false;
	try {
		const hook = await rowOf(context, { path: `/hooks/${key}` });
		return (
			hook.status === 'active' &&
			hook.updated_at === remembered.updatedAt &&
			sameEvents(hook.events as string[], want.events) &&
			['url', 'ack', 'report_within', 'before'].every((name) => hook[name] === want[name])
		);
	} catch (error) {
		if (hasStatus(error, 404)) return false;
		throw new NodeApiError(context.getNode(), error as JsonObject);
	}
}

function sameEvents(a: string[], b: string[]): boolean {
	return [...a].sort().join() === [...b].sort().join();
}

/** Registers the slot's hook and remembers its secret. */
export async function register(context: IHookFunctions, slot: Slot): Promise<void> {
	const key = keyOf(context, slot);
	const want = settings(context);
	const hook = await rowOf(context, { method: 'PUT', path: `/hooks/${key}`, body: want });
	if (hook.secret === undefined) return await renewSecret(context, slot);
	const updatedAt = hook.updated_at as string;
	remember(context, slot, { key, url: want.url, secret: hook.secret as string, updatedAt });
}

/** Asks for a new secret of the slot's hook and remembers it. */
export async function renewSecret(context: Context, slot: Slot): Promise<void> {
	const key = keyOf(context, slot);
	const url = context.getNodeWebhookUrl('default') as string;
	const { secret } = await rowOf(context, { method: 'POST', path: `/hooks/${key}/secret` });
	const { updated_at } = await rowOf(context, { path: `/hooks/${key}` });
	remember(context, slot, { key, url, secret: secret as string, updatedAt: updated_at as string });
}

/** Reports whether namets has changed the slot's hook since its secret was remembered. */
export async function hasChanged(context: IWebhookFunctions, slot: Slot): Promise<boolean> {
	try {
		const { updated_at } = await rowOf(context, { path: `/hooks/${keyOf(context, slot)}` });
		return updated_at !== known(context, slot)?.updatedAt;
	} catch (error) {
		if (hasStatus(error, 404)) return false;
		throw new NodeApiError(context.getNode(), error as JsonObject);
	}
}

/** Deletes the slot's hook and forgets it; that there is none is no error. */
export async function unregister(context: IHookFunctions, slot: Slot): Promise<void> {
	await ask(context, { method: 'DELETE', path: `/hooks/${keyOf(context, slot)}` });
	delete context.getWorkflowStaticData('node')[slot];
}
