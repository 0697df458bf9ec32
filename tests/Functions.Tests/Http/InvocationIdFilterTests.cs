using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpFunctions.Functions.Tests.Http;

public sealed class InvocationIdFilterTests
{
    [Theory]
    [InlineData(true, "01a22243-82b3-76b1-81b0-1f5e6504e22c")]
    [InlineData(false, "mine")]
    [InlineData(false, "01a22243-82b3-76b1-81b0-1f5e6504e22c", "01a22243-82b3-76b1-81b0-1f5e6504e22d")]
    [InlineData(false)]
    public async Task Only_a_single_id_as_hosts_make_it_reaches_the_worker(bool reaches, params string[] ids)
    {
        using ServiceProvider services = new ServiceCollection()
            .AddLogging()
            .AddHttp(new ConfigurationBuilder().Build())
            .BuildServiceProvider();
        var builder = new ApplicationBuilder(services);
        bool hasReached = false;
        services.GetServices<IStartupFilter>().OfType<InvocationIdFilter>().Single().Configure(app => app.Run(_ =>
        {
            hasReached = true;
            return Task.CompletedTask;
        }))(builder);
        var http = new DefaultHttpContext { RequestServices = services };
        http.Request.Headers[InvocationIdFilter.Header] = ids;

        await builder.Build()(http);

        Assert.Equal(reaches, hasReached);
        Assert.Equal(reaches ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest, http.Response.StatusCode);
    }
}
