namespace McpFunctions.EndToEnd.Tests.Documentation;

/// <summary>Sends requests, and fails the test when a response violates the OpenAPI document.</summary>
public sealed class ContractHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.Content.Headers.ContentType?.MediaType?.Contains("json", StringComparison.Ordinal) == true)
        {
            await response.Content.LoadIntoBufferAsync(cancellationToken);
        }
        if (await OpenApiContract.ViolationOfAsync(response) is { } violation)
        {
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            Assert.Fail($"{request.Method} {request.RequestUri} was answered with {(int)response.StatusCode}, not as docs/openapi.json says: {violation}\n{body}");
        }
        return response;
    }
}
