import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';

/** One operation of a resource. Exactly one of each and all is there. */
export interface Operation {
	name: string;
	value: string;
	action: string;
	description?: string;
	/** Its parameters. */
	fields: INodeProperties[];
	/** Carries it out for one item; each row that it returns becomes an item. */
	each?: (context: IExecuteFunctions, index: number) => Promise<IDataObject | IDataObject[]>;
	/** Carries it out for all items together. */
	all?: (context: IExecuteFunctions, count: number) => Promise<INodeExecutionData[]>;
}

/** A resource and its operations; the first is the default. */
export interface Resource {
	name: string;
	value: string;
	operations: Operation[];
}

/** Returns the parameters of the resources as n8n shows them: resource, operation, then the rest. */
export function propertiesOf(resources: Resource[]): INodeProperties[] {
	const options: INodePropertyOptions[] = resources.map(({ name, value }) => ({ name, value }));
	const resource: INodeProperties = {
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options,
		default: '',
	};
	return [{ ...resource, default: options[0].value }, ...resources.map(operationsOf), ...resources.flatMap(fieldsOf)];
}

function operationsOf(resource: Resource): INodeProperties {
	const options = resource.operations
		.map(({ name, value, action, description }) => ({ name, value, action, description: description ?? action }))
		.sort((a, b) => a.name.localeCompare(b.name));
	const operation: INodeProperties = {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [resource.value] } },
		options,
		default: '',
	};
	return { ...operation, default: resource.operations[0].value };
}

function fieldsOf(resource: Resource): INodeProperties[] {
	return resource.operations.flatMap((operation) =>
		operation.fields.map((field) => ({
			...field,
			displayOptions: {
				...field.displayOptions,
				show: { ...field.displayOptions?.show, resource: [resource.value], operation: [operation.value] },
			},
		})),
	);
}
