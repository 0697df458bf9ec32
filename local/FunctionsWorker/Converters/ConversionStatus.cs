namespace Microsoft.Azure.Functions.Worker.Converters;

internal enum ConversionStatus
{
    Unhandled = 0,
    Succeeded = 1,
    Failed = 2,
}
