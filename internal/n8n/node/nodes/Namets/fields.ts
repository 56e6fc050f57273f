import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

/** A parameter that must be filled in. */
export function needed(
	displayName: string,
	name: string,
	more: Partial<INodeProperties> = {},
): INodeProperties {
	return { displayName, name, type: 'string', required: true, default: '', ...more };
}

/** A member of a body or a query. Its name is the one of the API. */
export function member(
	displayName: string,
	name: string,
	more: Partial<INodeProperties> = {},
): INodeProperties {
	return { displayName, name, type: 'string', default: '', ...more };
}

/** A member that is yes or no. */
export function flag(displayName: string, name: string, description: string): INodeProperties {
	return { displayName, name, type: 'boolean', default: false, description: `Whether ${description}` };
}

/** A member that is one of the values. */
export function choice(displayName: string, name: string, values: string[], description = ''): INodeProperties {
	const options = values.map((value) => ({
		name: value.charAt(0).toUpperCase() + value.slice(1).replace(/[-_]/g, ' '),
		value,
	}));
	const parameter: INodeProperties = { displayName, name, type: 'options', options, default: '', description };
	return { ...parameter, default: values[0] };
}

/** A collection of members that may be left out. */
export function collection(displayName: string, name: string, members: INodeProperties[]): INodeProperties {
	return {
		displayName,
		name,
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		options: [...members].sort((a, b) => a.displayName.localeCompare(b.displayName)),
	};
}

/** Returns the value of a parameter as text. */
export function text(context: IExecuteFunctions, name: string, index: number): string {
	return String(context.getNodeParameter(name, index) ?? '').trim();
}

/** Returns the members of a collection that are there. */
export function chosen(context: IExecuteFunctions, name: string, index: number): IDataObject {
	return context.getNodeParameter(name, index, {}) as IDataObject;
}

/** Returns the items of a list, or of a text in which commas or lines separate them. */
export function list(value: unknown): string[] {
	const parts = Array.isArray(value) ? value.map(String) : String(value ?? '').split(/[\n,]/);
	return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** Returns a query in which what is yes or no is 1 or 0, as namets wants it, without what is empty. */
export function query(values: IDataObject): IDataObject {
	const entries = Object.entries(values)
		.filter(([, value]) => value !== '' && value !== undefined && value !== null)
		.map(([name, value]) => [name, typeof value === 'boolean' ? Number(value) : Array.isArray(value) ? value.join() : value]);
	return Object.fromEntries(entries) as IDataObject;
}
