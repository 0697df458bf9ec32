using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.SampleApp;

internal sealed class SeveralOutputs
{
    [HttpResult]
    public required HttpResponseData Response { get; init; }

    public required string Note { get; init; }
}
