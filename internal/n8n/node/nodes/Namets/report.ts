import type { IDataObject, IExecuteFunctions, INodeExecutionData, JsonObject } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

import { askAt } from '../shared/api';
import { failed } from './failed';
import { text } from './fields';

/** What is reported of one delivery, and the items that say it. */
interface Report {
	items: number[];
	sent: string[];
	failed: IDataObject[];
}

/** Reports the e-mails of all items, with one request for each delivery. */
export async function report(context: IExecuteFunctions, count: number): Promise<INodeExecutionData[]> {
	const reports = new Map<string, Report>();
	for (let i = 0; i < count; i++) {
		const url = text(context, 'reportUrl', i);
		const entry = reports.get(url) ?? { items: [], sent: [], failed: [] };
		reports.set(url, entry);
		entry.items.push(i);
		const email = text(context, 'email', i);
		const reason = reasonOf(context, i);
		if (reason === undefined) entry.sent.push(email);
		else entry.failed.push({ email, reason });
	}
	const out: INodeExecutionData[] = [];
	for (const [url, entry] of reports) {
		try {
			const body: IDataObject = { sent: entry.sent, failed: entry.failed };
			const answer = await askAt(context, url, { method: 'POST', path: '', body }, entry.items[0]);
			out.push({ json: answer.body as IDataObject, pairedItem: entry.items.map((item) => ({ item })) });
		} catch (error) {
			if (!context.continueOnFail()) throw new NodeApiError(context.getNode(), error as JsonObject);
			out.push(...entry.items.map((i) => failed(error, i)));
		}
	}
	return out;
}

/** Returns why the e-mail of the item was refused, and undefined if it was sent. */
function reasonOf(context: IExecuteFunctions, index: number): string | undefined {
	const { json } = context.getInputData()[index];
	const error = json.error as IDataObject | string | undefined;
	const outcome = text(context, 'outcome', index);
	if (outcome === 'sent' || (outcome === 'automatic' && !error)) return undefined;
	const reason = typeof error === 'object' ? String(error.message ?? '') : String(error ?? '');
	return text(context, 'reason', index) || reason;
}
