import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError, NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';

import { content } from './content';
import { failed } from './failed';
import { type Operation, propertiesOf } from './operation';
import { people } from './people';
import { prayerDay } from './prayerDays';
import { targets } from './targets';

const resources = [...content, ...people, prayerDay, ...targets].sort((a, b) => a.name.localeCompare(b.name));

/** Reads and writes what a namets has. */
export class Namets implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Namets',
		name: 'namets',
		icon: { light: 'file:../../icons/namets.svg', dark: 'file:../../icons/namets.dark.svg' },
		group: ['input'],
		version: 1,
		subtitle: '={{$parameter["operation"] + ": " + $parameter["resource"]}}',
		description: 'Read and change subscribers, announcements, events and prayer times',
		defaults: { name: 'Namets' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'nametsApi', required: true }],
		properties: propertiesOf(resources),
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const count = this.getInputData().length;
		const operation = operationOf(this);
		if (operation.all) return [await operation.all(this, count)];
		const out: INodeExecutionData[] = [];
		for (let i = 0; i < count; i++) {
			try {
				const rows = (await operation.each?.(this, i)) ?? [];
				const items = this.helpers.returnJsonArray(rows);
				out.push(...this.helpers.constructExecutionMetaData(items, { itemData: { item: i } }));
			} catch (error) {
				if (!this.continueOnFail()) throw new NodeApiError(this.getNode(), error as JsonObject, { itemIndex: i });
				out.push(failed(error, i));
			}
		}
		return [out];
	}
}

function operationOf(context: IExecuteFunctions): Operation {
	const resource = context.getNodeParameter('resource', 0) as string;
	const name = context.getNodeParameter('operation', 0) as string;
	const operation = resources
		.find(({ value }) => value === resource)
		?.operations.find(({ value }) => value === name);
	if (!operation) throw new NodeOperationError(context.getNode(), `There is no operation ${name} of ${resource}`);
	return operation;
}
