import type { INodeExecutionData, NodeApiError } from 'n8n-workflow';

/** Returns the item for an input item that failed, as On Error → Continue wants it. */
export function failed(error: unknown, index: number): INodeExecutionData {
	const problem = error as NodeApiError;
	return { json: { error: problem.message }, error: problem, pairedItem: { item: index } };
}
