import type { IDataObject, IExecuteFunctions, INodeExecutionData, JsonObject } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

import { ask } from '../shared/api';
import { failed } from './failed';
import { chosen, query, text } from './fields';

/** Writes the subscribers of all items with few requests, and returns the verdict for each item. */
export async function batch(context: IExecuteFunctions, count: number): Promise<INodeExecutionData[]> {
	const { size, notify, ...rest } = chosen(context, 'options', 0);
	const parameters = query({ ...rest, notify: notify === false ? '0' : '' });
	const step = (size as number | undefined) ?? 1000;
	const out: INodeExecutionData[] = [];
	for (let from = 0; from < count; from += step) {
		const indices = Array.from({ length: Math.min(step, count - from) }, (_, n) => from + n);
		try {
			const body = indices.map((i): IDataObject => ({ ...chosen(context, 'fields', i), email: text(context, 'email', i) }));
			const request = { method: 'POST' as const, path: '/subscribers/batch', query: parameters, body };
			const verdicts = (await ask(context, request, from)).body as unknown as IDataObject[];
			for (const verdict of verdicts) {
				const item = from + (verdict.row as number) - 1;
				out.push({ json: { ...verdict, row: item + 1 }, pairedItem: { item } });
			}
		} catch (error) {
			if (!context.continueOnFail()) throw new NodeApiError(context.getNode(), error as JsonObject);
			out.push(...indices.map((i) => failed(error, i)));
		}
	}
	return out;
}
